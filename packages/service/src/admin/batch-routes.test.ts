import { randomUUID } from 'node:crypto';
import type { BatchDetail, BatchView, FamilyTree } from '@millrace/jobs';
import { until } from '@millrace/testkit';
import { startFlour } from './flour-service.ts';

let { ask, command, finished }: Awaited<ReturnType<typeof startFlour>> = {} as never;

beforeAll(async () => {
  ({ ask, command, finished } = await startFlour());
});

/** As a user would who has several sacks ground at once. */
const grindTogether = async (moods: readonly string[]): Promise<BatchView> => {
  const answer = await ask('POST', '/harvests', { body: { moods } });
  expect(answer.status).toBe(202);
  return answer.body as unknown as BatchView;
};
const shown = async (id: string) => (await ask('GET', `/job-batches/${id}`)).body as unknown as BatchDetail;
const ended = (id: string, round = 1) =>
  until(
    async () => {
      const batch = await shown(id);
      return batch.state !== 'open' && batch.round === round && batch;
    },
    { withinMs: 15_000 },
  );

test('batches are listed page by page and shown with their members', async () => {
  const tag = randomUUID();
  const made = [await grindTogether(['fine', 'fine']), await grindTogether(['fine', 'broken'])];
  const [first, second] = await Promise.all(made.map(({ id }) => ended(id)));

  const pageOne = await ask('GET', '/job-batches?limit=1');
  const pageTwo = await ask('GET', `/job-batches?limit=1&cursor=${pageOne.body['nextCursor']}`);
  const none = await ask('GET', `/job-batches?tag=${tag}`);

  expect(first).toMatchObject({ state: 'completed', total: 2, completed: 2, live: 0, progress: 1 });
  expect(second).toMatchObject({ state: 'partial', completed: 1, failed: 1 });
  expect(second?.items.map(({ state }) => state)).toEqual(['completed', 'failed']);
  expect([pageOne, pageTwo].map(({ body }) => (body['items'] as BatchView[]).map(({ id }) => id))).toEqual([
    [made[1]?.id],
    [made[0]?.id],
  ]);
  expect(none.body).toEqual({ items: [], nextCursor: null });
  const { body } = await ask('GET', `/jobs/${first?.items[0]?.id}`);
  expect(body['batchId']).toBe(first?.id);
});

test('an operator cancels a batch and retries what failed in one', async () => {
  const slow = await grindTogether(['slow', 'slow']);
  const broken = await grindTogether(['broken']);
  await ended(broken.id);

  const cancelled = await ask('POST', `/job-batches/${slow.id}/cancel`);
  const retried = await ask('POST', `/job-batches/${broken.id}/retry-failed`);

  expect([cancelled.status, cancelled.location]).toEqual([202, `/job-batches/${slow.id}`]);
  expect(retried.status).toBe(202);
  expect(await ended(slow.id)).toMatchObject({ state: 'cancelled', cancelled: 2 });
  expect(await ended(broken.id, 2)).toMatchObject({ state: 'failed', failed: 1 });
});

test('an unknown batch is not found, and only operators act', async () => {
  expect((await ask('GET', '/job-batches/none')).body).toMatchObject({ status: 404, code: 'batch-not-found' });
  expect((await ask('POST', '/job-batches/none/cancel')).status).toBe(404);
  expect((await ask('POST', '/job-batches/none/cancel', { role: 'viewer' })).status).toBe(403);
  expect((await ask('GET', '/job-batches', { role: 'member' })).status).toBe(403);
});

test('whoever may see a job sees its family, and nobody else does', async () => {
  const { id } = await finished((await command({ sacks: 3, mood: 'broken' })).id);
  await ask('POST', `/dead-letters/${id}/replay`, { body: { payload: { sacks: 4 } } });

  const { body } = await ask('GET', `/jobs/${id}/tree`);

  const { root, nodes, truncated } = body as unknown as FamilyTree;
  expect({ root, truncated }).toEqual({ root: id, truncated: false });
  expect(nodes.map(({ replayedFrom }) => replayedFrom)).toEqual([null, id]);
  expect((await ask('GET', `/jobs/${id}/tree`, { role: 'member', sub: 'stranger' })).body).toMatchObject({
    code: 'job-not-found',
  });
});
