import { done, fail, snooze } from '../define/outcome.ts';
import { every, on } from '../define/retry-policy.ts';
import { testJob } from '../under-test/test-job.ts';
import { ship, type Twin, twins } from './twins-for-tests.ts';

describe.each(twins)('unique commands and steps on %s', (_, open) => {
  let twin: Twin;
  beforeEach(async () => {
    twin = await open();
  });
  afterEach(() => twin.end());

  const to = (place: string) => ({ order: 7, to: place });
  const key = ({ order }: Record<string, unknown>) => String(order);
  const later = () => new Date(twin.now().getTime() + 1_000);

  it('refuses a command whose key is held, and says by whom', async () => {
    const jobs = await twin.start([
      testJob('order.ship', async () => done(), { unique: { key, onConflict: 'reject' } }),
    ]);

    const { job } = await jobs.enqueue(ship, to('Ulm'), { runAt: later() });
    const refused = jobs.enqueue(ship, to('Bonn'));

    await expect(refused).rejects.toMatchObject({ code: 'unique-conflict', details: { heldBy: job.id } });
    await twin.ended(job.id);
    expect(await jobs.enqueue(ship, to('Bonn'))).toMatchObject({ conflict: false });
  });

  it('replaces what has not begun', async () => {
    const seen: unknown[] = [];
    const jobs = await twin.start([
      testJob(
        'order.ship',
        async ({ payload }) => {
          seen.push(payload['to']);
          return done();
        },
        { unique: { key, onConflict: 'replace-if-not-started' } },
      ),
    ]);

    const { job } = await jobs.enqueue(ship, to('Ulm'), { runAt: later(), tags: ['old'] });
    const second = await jobs.enqueue(ship, to('Bonn'), { tags: ['new'] });
    const ended = await twin.ended(job.id);
    const byTag = await Promise.all(
      ['old', 'new'].map(async (tag) => (await jobs.list({ tag }, { limit: 5 })).items.map(({ id }) => id)),
    );

    expect(second).toMatchObject({ conflict: true, replaced: true, job: { id: job.id, payload: to('Bonn') } });
    expect(ended).toMatchObject({ state: 'completed', tags: ['new'] });
    expect({ seen, byTag }).toEqual({ seen: ['Bonn'], byTag: [[], [job.id]] });
  });

  it('lets the latest command wait for the one that runs', async () => {
    const seen: unknown[] = [];
    const answers: unknown[] = [];
    const jobs = await twin.start([
      testJob(
        'order.ship',
        async ({ payload }) => {
          seen.push(payload['to']);
          if (payload['to'] === 'Ulm')
            for (const place of ['Bonn', 'Kiel']) {
              const { job, conflict, replaced } = await jobs.enqueue(ship, to(place));
              answers.push({ id: job.id, state: job.state, waitingFor: job.waitingFor, conflict, replaced });
            }
          return done();
        },
        { unique: { key, onConflict: 'keep-latest-after-current' } },
      ),
    ]);

    const { job } = await jobs.enqueue(ship, to('Ulm'));
    await twin.ended(job.id);
    const [{ id = '' } = {}] = answers as { id?: string }[];
    const successor = await twin.ended(id);

    const waits = { id, state: 'scheduled', waitingFor: 'unique:order.ship:7' };
    expect(answers).toEqual([
      { ...waits, conflict: false, replaced: undefined },
      { ...waits, conflict: true, replaced: true },
    ]);
    expect(successor).toMatchObject({ state: 'completed', payload: to('Kiel'), waitingFor: null });
    expect(seen).toEqual(['Ulm', 'Kiel']);
  });

  it('does a step once over retries and snoozes, and goes on from a checkpoint', async () => {
    const packed: string[] = [];
    const seen: unknown[] = [];
    const jobs = await twin.start([
      testJob(
        'order.ship',
        async ({ step, checkpoint, cursor, attempt, rootId }) => {
          const box = await step('pack', ({ key: idempotencyKey }) => {
            packed.push(idempotencyKey);
            return { at: new Date(0), size: 3 };
          });
          seen.push({ box, cursor });
          if (attempt === 1) throw new RangeError('dropped it');
          if (cursor === undefined) {
            await checkpoint({ next: 2 });
            return snooze(100);
          }
          return done({ result: rootId });
        },
        { retry: [on(RangeError, every(0))] },
      ),
    ]);

    const { job } = await jobs.enqueue(ship, {});
    const ended = await twin.ended(job.id);

    expect(ended).toMatchObject({ state: 'completed', attempt: 2, result: job.id });
    expect(packed).toEqual([`${job.id}:pack`]);
    const box = { at: '1970-01-01T00:00:00.000Z', size: 3 };
    expect(seen).toEqual([{ box }, { box }, { box, cursor: { next: 2 } }]);
  });

  it('fails a job whose call may or may not have happened', async () => {
    let calls = 0;
    const jobs = await twin.start([
      testJob('order.ship', async ({ once }) => {
        await once('pay', () => {
          calls++;
          throw new Error('the line went dead');
        });
        return fail({ code: 'never', message: 'does not come here' });
      }),
    ]);

    const ended = await twin.ended((await jobs.enqueue(ship, {})).job.id);

    expect(ended).toMatchObject({ state: 'failed', attempt: 1, errors: [{ code: 'unknown-outcome' }] });
    expect(calls).toBe(1);
  });
});
