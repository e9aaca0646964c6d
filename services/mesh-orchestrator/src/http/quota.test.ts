import { until } from '@millrace/testkit';
import { batchWorld, hangs } from '../batch-world-for-tests.ts';
import { type Ask, pictureAt, type World, worldForTests } from '../service-for-tests.ts';
import type { MeshResource } from './mesh-resource.ts';

type Asked = MeshResource & { code: string; resetAt: string | null };
type Figures = { tasks: number; completed: number; cancelled: number; bytes: number };
type UsageAnswer = {
  month: string;
  items: (Figures & { ownerId: string; projectId: string | null })[];
  total: Figures;
};

let world: World;
let ann: Ask;
let bob: Ask;
beforeAll(async () => {
  world = await worldForTests({ QUOTA_OPEN_MESHES: '3', QUOTA_MESHES_PER_DAY: '5' });
  [ann, bob] = [await world.as('ann'), await world.as('bob')];
});

const wish = (ask: Ask) => ask<Asked>('POST', '/meshes', { body: { ...pictureAt('duck'), reuse: false } });

test('of ten meshes asked for at once three are let in, and again when those have ended, until the day is over; retries count as well', async () => {
  world.engine.behaviour.courseOf = () => hangs;

  const together = await Promise.all(Array.from({ length: 10 }, () => wish(ann)));
  const [others] = [await wish(bob)];
  const open = together.filter(({ status }) => status === 202).map(({ body }) => body.id);
  for (const id of open) await ann('POST', `/meshes/${id}/cancel`);
  const later = [await wish(ann), await wish(ann), await wish(ann)];
  const again = [await ann('POST', `/meshes/${open[0]}/retry`), await ann('POST', `/meshes/${open[1]}/retry`)];

  expect(together.map(({ status }) => status).sort()).toEqual([202, 202, 202, ...Array(7).fill(429)]);
  expect(together.find(({ status }) => status === 429)?.body).toMatchObject({ code: 'quota-exceeded', resetAt: null });
  expect(others?.status).toBe(202);
  expect(later.map(({ status }) => status)).toEqual([202, 202, 429]);
  expect(again.map(({ status }) => status)).toEqual([202, 429]);
  const resetAt = new Date(later[2]?.body.resetAt ?? '');
  expect([resetAt.getUTCHours(), resetAt.getTime() > Date.now()]).toEqual([0, true]);
  expect(Number(later[2]?.headers.get('retry-after'))).toBeGreaterThan(0);
});

test('usage shows a month by person, to members their own, and its report tells the same', async () => {
  world.engine.behaviour.courseOf = () => ({});
  const cal = await world.as('cal');
  const { id } = (await wish(cal)).body;
  const mesh = await world.ended(cal, id);
  const oli = await world.as('oli', 'operator');

  const own = (await cal<UsageAnswer>('GET', '/usage')).body;
  const all = (await oli<UsageAnswer>('GET', `/usage?month=${own.month}`)).body;
  const none = (await oli<UsageAnswer>('GET', '/usage?month=2001-01')).body;
  const command = { name: 'usage.report', payload: { month: own.month } };
  const { job } = (await oli<{ job: { id: string } }>('POST', '/jobs', { body: command })).body;
  const reported = await oli<{ result: Figures }>('GET', `/jobs/${job.id}?wait=20`);

  expect(own.items).toMatchObject([
    { ownerId: 'cal', projectId: null, tasks: 1, completed: 1, bytes: mesh.usage.bytes },
  ]);
  expect(all.items.map(({ ownerId }) => ownerId)).toEqual(['ann', 'bob', 'cal']);
  expect(all.items[0]).toMatchObject({ tasks: 5, cancelled: 2 });
  expect([none.items, none.total.tasks]).toEqual([[], 0]);
  expect(reported.body.result).toMatchObject({
    month: own.month,
    people: 3,
    tasks: all.total.tasks,
    bytes: all.total.bytes,
  });
  const row = await until(() =>
    world.database.collection('jobs').findOne({ _id: job.id as never, 'events.0': { $exists: true } }),
  );
  expect(row?.['events']).toMatchObject([{ type: 'usage.reported', data: { month: own.month, people: 3 } }]);
  expect((await cal('GET', '/usage?month=2026-13')).status).toBe(422);
});

test('a project has a quota of its own, for batches as well; strangers hear nothing of it, and what is refused is not kept', async () => {
  const shared = await batchWorld({ QUOTA_PROJECT_OPEN_MESHES: '2', QUOTA_PROJECT_MESHES_PER_DAY: '3' });
  shared.engine.behaviour.courseOf = () => hangs;
  const dora = await shared.as('dora');
  const { projectId, imageIds } = await shared.projects.project('dora', 3);
  const ofProject = (imageId = '') => dora<Asked>('POST', '/meshes', { body: { projectId, imageId, reuse: false } });

  const open = [await ofProject(imageIds[0]), await ofProject(imageIds[1]), await ofProject(imageIds[2])];
  const eve = await shared.as('eve');
  const strangers = [
    await eve<Asked>('POST', '/meshes', { body: { projectId, imageId: imageIds[0] } }),
    await eve<Asked>('POST', '/batches', { body: { projectId, imageIds } }),
  ];
  const elsewhere = await wish(dora);
  for (const { body } of open.slice(0, 2)) await dora('POST', `/meshes/${body.id}/cancel`);
  const batch = await dora<Asked>('POST', '/batches', { body: { projectId, imageIds: imageIds.slice(0, 2) } });
  const held = await shared.projects.heldBy('dora', projectId);
  const last = await ofProject(imageIds[2]);

  expect(open.map(({ status }) => status)).toEqual([202, 202, 429]);
  expect(open[2]?.body).toMatchObject({ code: 'quota-exceeded', detail: expect.stringContaining('of a project') });
  expect(strangers.map(({ body }) => body.code)).toEqual(['project-not-found', 'project-not-found']);
  expect(held.sort()).toEqual(
    open
      .slice(0, 2)
      .map(({ body }) => `mesh:${body.id}`)
      .sort(),
  );
  expect([elsewhere.status, batch.status, last.status]).toEqual([202, 429, 202]);
  expect(batch.body.resetAt).toMatch(/T00:00:00/);
});
