import { until } from '@millrace/testkit';
import { done, fail } from '../define/outcome.ts';
import { jobsWorld, type World } from '../under-test/jobs-under-test.ts';
import { testJob } from '../under-test/test-job.ts';

let world: World = {} as World;
beforeEach(async () => {
  world = await jobsWorld();
});
afterEach(() => world.end());

const steps = () => [
  testJob('order.take', async () =>
    done({
      jobs: [
        { name: 'order.pack', payload: { box: 1 } },
        { name: 'order.pack', payload: { box: 2 } },
      ],
    }),
  ),
  testJob('order.pack', async ({ payload }) =>
    payload['box'] === 2
      ? fail({ code: 'no-box', message: 'there is none' })
      : done({ jobs: [{ name: 'order.ship', payload: {} }] }),
  ),
  testJob('order.ship', async () => done()),
];

test('every member of a family shows the whole of it', async () => {
  const jobs = await world.start(steps());
  const { job: top } = await jobs.command('order.take', {});
  await jobs.command('order.ship', {});
  const failed = await until(async () => (await jobs.list({ state: ['failed'] }, { limit: 1 })).items[0]);
  const { job: replayed } = await jobs.deadLetters.replay(failed.id, { payload: { box: 3 } });
  await until(async () => (await jobs.counts({})).completed === 6);

  const trees = await Promise.all((await jobs.tree(top.id)).nodes.map(({ id }) => jobs.tree(id)));

  expect(new Set(trees.map((tree) => JSON.stringify(tree))).size).toBe(1);
  const [tree] = trees;
  expect(tree).toMatchObject({ root: top.id, truncated: false });
  expect(tree?.nodes.map(({ name, state }) => `${name} ${state}`).toSorted()).toEqual([
    'order.pack completed',
    'order.pack completed',
    'order.pack failed',
    'order.ship completed',
    'order.ship completed',
    'order.take completed',
  ]);
  const again = tree?.nodes.find(({ id }) => id === replayed?.id);
  expect(again).toMatchObject({ replayedFrom: failed.id, endedAt: expect.any(String) });
  expect(tree?.nodes.filter(({ parentId }) => parentId === top.id)).toHaveLength(2);
  expect(tree?.nodes.filter(({ parentId }) => parentId === again?.id).map(({ name }) => name)).toEqual(['order.ship']);
}, 30_000);

test('a family of more than 500 is cut off and says so; one whose elders are gone begins with who is left', async () => {
  const jobs = await world.start(steps(), { role: 'api' });
  const { job: top } = await jobs.command('order.take', {}, { parentId: 'gone' });
  const children = Array.from({ length: 520 }, (_, box) => jobs.command('order.pack', { box }, { parentId: top.id }));
  const [child] = await Promise.all(children);

  const tree = await jobs.tree(child?.job.id ?? '');

  expect(tree).toMatchObject({ root: top.id, truncated: true });
  expect(tree.nodes).toHaveLength(500);
  expect(tree.nodes[0]?.id).toBe(top.id);
  await expect(jobs.tree('nobody')).rejects.toMatchObject({ code: 'job-not-found' });
}, 30_000);
