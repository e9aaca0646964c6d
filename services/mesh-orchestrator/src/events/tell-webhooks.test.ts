import { until } from '@millrace/testkit';
import { batchWorld, hangs } from '../batch-world-for-tests.ts';
import { type Ask, pictureAt } from '../service-for-tests.ts';

let world: Awaited<ReturnType<typeof batchWorld>>;
let ann: Ask;
beforeAll(async () => {
  world = await batchWorld();
  ann = await world.as('ann');
});

test('a webhook of one project hears of its batches and meshes, and of no others', async () => {
  const pictures = await world.projects.project('ann', 1);
  const other = await world.projects.project('ann', 1);
  const hookOf = async (projectId?: string) =>
    (await ann<{ id: string }>('POST', '/webhooks', { body: { url: 'http://127.0.0.1:9/hook', projectId } })).body.id;
  const [all, its, others] = [await hookOf(), await hookOf(pictures.projectId), await hookOf(other.projectId)];
  const heardBy = async (hook: string) =>
    (await ann<{ items: { type: string }[] }>('GET', `/webhooks/${hook}/deliveries`)).body.items
      .map(({ type }) => type)
      .sort();

  const elsewhere = await ann('POST', '/meshes', { body: { ...pictureAt('elsewhere'), reuse: false } });
  await world.ended(ann, elsewhere.body['id']);
  await world.batchEnded(ann, (await ann('POST', '/batches', { body: { ...pictures, reuse: false } })).body['id']);
  await until(async () => (await heardBy(all)).length === 3 && (await heardBy(its)).length === 2);

  expect(await heardBy(all)).toEqual(['batch.completed', 'mesh.completed', 'mesh.completed']);
  expect(await heardBy(its)).toEqual(['batch.completed', 'mesh.completed']);
  expect(await heardBy(others)).toEqual([]);
  for (const hook of [all, its, others]) await ann('DELETE', `/webhooks/${hook}`);
});

test('a webhook of a project hears of whatever its people make, as long as its owner is one of them', async () => {
  const shared = await world.projects.project('ann', 2);
  await world.projects.letIn(shared.projectId, ['bob']);
  const [bob, eve] = [await world.as('bob'), await world.as('eve')];
  const body = { url: 'http://127.0.0.1:9/hook', projectId: shared.projectId };
  const refused = await eve('POST', '/webhooks', { body });
  // Made first, so it is told first, if at all.
  const his = (await bob<{ id: string }>('POST', '/webhooks', { body })).body.id;
  const hers = (await ann<{ id: string }>('POST', '/webhooks', { body })).body.id;
  const make = async (imageId = '') => {
    const wish = { projectId: shared.projectId, imageId, reuse: false };
    const { id } = (await ann<{ id: string }>('POST', '/meshes', { body: wish })).body;
    await until(async () => (await meshesHeardBy(ann, hers)).includes(id));
    return id;
  };

  const first = await make(shared.imageIds[0]);
  await world.projects.letIn(shared.projectId, []);
  await make(shared.imageIds[1]);

  expect(refused.body['code']).toBe('project-not-found');
  expect(await meshesHeardBy(bob, his)).toEqual([first]);
  await bob('DELETE', `/webhooks/${his}`);
  await ann('DELETE', `/webhooks/${hers}`);
});

test('a webhook that comes with a batch hears of its end once, and of nothing else; who joins a batch has their own', async () => {
  const pictures = await world.projects.project('ann', 1);
  for (const imageId of pictures.imageIds) world.courses.set(imageId, hangs);
  const begin = async () => {
    const webhook = { url: 'http://127.0.0.1:9/hook', events: ['batch.completed'] };
    return (await ann<Begun>('POST', '/batches', { body: { ...pictures, webhook } })).body;
  };
  const heardBy = async ({ webhook }: Begun) =>
    (
      await ann<{ items: { type: string; body: string }[] }>('GET', `/webhooks/${webhook.id}/deliveries`)
    ).body.items.map(({ type, body }) => [type, (JSON.parse(body) as { data: { batchId: string } }).data.batchId]);

  const [first, joined] = [await begin(), await begin()];
  await ann('POST', `/batches/${first.id}/cancel`);
  await world.batchEnded(ann, first.id);
  await until(async () => (await heardBy(first)).length === 1 && (await heardBy(joined)).length === 1);

  expect([joined.id, joined.webhook.id === first.webhook.id]).toEqual([first.id, false]);
  expect(await heardBy(first)).toEqual([['batch.completed', first.id]]);
  expect(await heardBy(joined)).toEqual([['batch.completed', first.id]]);
  expect((await ann<{ items: unknown[] }>('GET', `/webhooks?taskId=${first.id}`)).body.items).toHaveLength(2);
});

type Begun = { readonly id: string; readonly webhook: { readonly id: string } };

const meshesHeardBy = async (ask: Ask, hook: string): Promise<string[]> =>
  (await ask<{ items: { body: string }[] }>('GET', `/webhooks/${hook}/deliveries`)).body.items.map(
    (delivery) => (JSON.parse(delivery.body) as { data: { meshId: string } }).data.meshId,
  );
