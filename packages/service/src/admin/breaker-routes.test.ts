import type { JobView } from '@millrace/jobs';
import { until } from '@millrace/testkit';
import { startFlour } from './flour-service.ts';

let { ask, command, finished }: Awaited<ReturnType<typeof startFlour>> = {} as never;

beforeAll(async () => {
  ({ ask, command, finished } = await startFlour());
});

test('an operator opens a breaker, its jobs wait, and closing it lets them through', async () => {
  await finished((await command({ sacks: 1, mood: 'wet' })).id);
  const opened = await ask('POST', '/breakers/river/open');
  const { id } = await command({ sacks: 1, mood: 'wet' });
  const held = await until(
    async () => {
      const { body } = await ask('GET', `/jobs/${id}`);
      return body['waitingFor'] === 'breaker:river' ? (body as unknown as JobView) : undefined;
    },
    { withinMs: 10_000, message: 'the job is held back' },
  );
  const listed = await ask('GET', '/breakers', { role: 'viewer' });
  const closed = await ask('POST', '/breakers/river/close');

  expect([opened.status, opened.body['state'], opened.body['changedBy']]).toEqual([200, 'open', 'operator']);
  expect(held).toMatchObject({ state: 'snoozed', attempt: 0 });
  expect(listed.body['items']).toEqual([expect.objectContaining({ id: 'river', state: 'open', openUntil: null })]);
  expect(closed.body).toMatchObject({ state: 'closed', openings: 0 });
  expect(await finished(id)).toMatchObject({ state: 'completed', attempt: 1 });
});

test('only operators overrule breakers, and only those that exist', async () => {
  const statuses = await Promise.all([
    ask('POST', '/breakers/river/open', { role: 'viewer' }),
    ask('GET', '/breakers', { role: 'member' }),
    ask('POST', '/breakers/sea/open'),
  ]);

  expect(statuses.map(({ status, body }) => [status, body['code']])).toEqual([
    [403, 'forbidden'],
    [403, 'forbidden'],
    [404, 'breaker-not-found'],
  ]);
});

test('a retry says what came of a step whose outcome is unknown', async () => {
  const { id } = await finished((await command({ sacks: 1, mood: 'vague' })).id);
  const failed = (await ask('GET', `/jobs/${id}`)).body as unknown as JobView;

  const wrong = await ask('POST', `/jobs/${id}/retry`, { body: { resolve: { sell: { done: 'perhaps' } } } });
  const other = await ask('POST', `/jobs/${id}/retry`, { body: { resolve: { buy: { done: true } } } });
  const right = await ask('POST', `/jobs/${id}/retry`, { body: { resolve: { sell: { done: true, value: 12 } } } });

  expect(failed).toMatchObject({ state: 'failed', errors: [{ code: 'unknown-outcome' }], steps: [{ ms: null }] });
  expect([wrong.status, other.status, other.body['code'], right.status]).toEqual([422, 409, 'step-not-unknown', 200]);
  expect(await finished(id)).toMatchObject({ state: 'completed', result: { price: 12 } });
});
