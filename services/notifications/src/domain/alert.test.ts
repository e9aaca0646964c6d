import { type Alert, type AlertFact, heard } from './alert.ts';

const at = (second: number): Date => new Date(Date.UTC(2026, 10, 28, 12, 0, second));
const clock = { now: at(59), reminderMs: 60_000 };

const fact = (type: 'low' | 'critical' | 'recovered', second: number, incident: string | null): AlertFact => ({
  ...{ key: 'pool:master', type: `pool.${type}`, level: type === 'critical' ? 'critical' : 'info' },
  ...{ title: `It is ${type}`, body: '', link: '/pools/master', eventId: `${type} ${second} ${incident}`, incident },
  at: at(second),
  isOver: type === 'recovered',
});

const after = (...facts: readonly AlertFact[]): Alert | undefined =>
  facts.reduce<Alert | undefined>((alert, one) => heard(alert, one, clock), undefined);

const low = fact('low', 1, 'a');
const critical = fact('critical', 2, 'a');
const recovered = fact('recovered', 3, 'a');

describe('an alert', () => {
  it.each([
    ['comes in order', [low, critical, recovered]],
    ['is told twice', [low, low, recovered, low, critical]],
    ['begins after its end', [recovered, low, critical]],
    ['grows worse after its end', [low, recovered, critical]],
    ['is told by clocks that disagree', [fact('low', 9, 'a'), recovered, fact('critical', 8, 'a')]],
    ['begins after the end of the next one', [low, recovered, fact('recovered', 7, 'b'), fact('low', 5, 'b')]],
    ['has neither name nor order', [fact('recovered', 3, null), fact('low', 1, null)]],
  ])('stays over when what it is about %s', (_, facts) => {
    expect(after(...facts)).toMatchObject({ state: 'resolved', resolvedAt: clock.now });
  });

  it('opens for the next incident, which is another one by its name or its time', () => {
    expect(after(recovered, fact('low', 5, 'b'))).toMatchObject({ state: 'open', incident: 'b', occurrences: 1 });
    expect(after(fact('recovered', 3, null), fact('low', 5, null))).toMatchObject({ state: 'open', occurrences: 1 });
  });

  it('goes by the newest of an incident in whatever order they come', () => {
    expect(after(critical, low)).toMatchObject({ state: 'open', level: 'critical', title: 'It is critical' });
  });

  it('whose end alone was heard has happened not once', () => {
    expect(after(recovered)).toMatchObject({ state: 'resolved', occurrences: 0, eventIds: [] });
  });
});
