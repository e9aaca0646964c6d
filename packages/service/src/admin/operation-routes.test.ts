import { randomUUID } from 'node:crypto';
import type { JobView, OperationView } from '@millrace/jobs';
import { until } from '@millrace/testkit';
import { startFlour } from './flour-service.ts';

let { ask, command, finished }: Awaited<ReturnType<typeof startFlour>> = {} as never;

beforeAll(async () => {
  ({ ask, command, finished } = await startFlour());
});

const over = (location: string | null) =>
  until(async () => {
    const operation = (await ask('GET', location ?? '')).body as unknown as OperationView;
    return operation.state !== 'running' && operation;
  });

test('jobs found by an argument are retried together, and the operation is shown', async () => {
  const farm = randomUUID();
  const broken = await Promise.all([1, 2, 3].map((sacks) => command({ sacks, farm, mood: 'broken' })));
  await Promise.all(broken.map(({ id }) => finished(id)));
  const filter = { 'arg.farm': farm, state: 'failed' };

  const answer = await ask('POST', '/jobs/bulk/retry', { body: { filter, expectedCount: 3 } });
  const operation = await over(answer.location);
  const again = await Promise.all(broken.map(({ id }) => finished(id)));

  expect(answer.status).toBe(202);
  expect(answer.location).toBe(`/operations/${operation.id}`);
  expect(operation).toMatchObject({ kind: 'retry', total: 3, done: 3, createdBy: 'operator', state: 'completed' });
  expect(operation.filter).toEqual({ state: ['failed'], args: { farm } });
  expect(again.map(({ errors }: JobView) => errors.length)).toEqual([2, 2, 2]);
  const { items } = (await ask('GET', '/operations?limit=1', { role: 'viewer' })).body as { items: OperationView[] };
  expect(items).toEqual([operation]);
});

test('another number of jobs than expected is a conflict that tells the number', async () => {
  const farm = randomUUID();
  const { id } = await command({ sacks: 1, farm });
  await finished(id);

  const answer = await ask('POST', '/jobs/bulk/delete', {
    body: { filter: { 'arg.farm': farm }, expectedCount: 5 },
    role: 'admin',
  });

  expect([answer.status, answer.body['code']]).toEqual([409, 'count-changed']);
  expect(String(answer.body['detail'])).toMatch(/finds 1 now and not 5/);
});

test('deleting many takes an admin, changing many an operator, looking a viewer', async () => {
  const body = { filter: { 'arg.farm': randomUUID() }, expectedCount: 0 };
  const statuses = await Promise.all([
    ask('POST', '/jobs/bulk/delete', { body, role: 'operator' }),
    ask('POST', '/jobs/bulk/cancel', { body, role: 'viewer' }),
    ask('GET', '/operations', { role: 'member' }),
    ask('POST', '/jobs/bulk/delete', { body, role: 'admin' }),
    ask('POST', '/jobs/bulk/cancel', { body, role: 'operator' }),
  ]);

  expect(statuses.map(({ status }) => status)).toEqual([403, 403, 403, 202, 202]);
});

test('an unknown operation is not found, a filter with an unknown field is refused', async () => {
  expect((await ask('GET', '/operations/none')).body).toMatchObject({ code: 'operation-not-found', status: 404 });
  expect((await ask('POST', '/operations/none/cancel')).status).toBe(404);
  const refused = await ask('POST', '/jobs/bulk/cancel', { body: { filter: { colour: 'red' }, expectedCount: 0 } });
  expect([refused.status, refused.body['code']]).toEqual([422, 'validation-failed']);
});
