import { done } from '../define/outcome.ts';
import type { Jobs } from '../runtime/jobs.ts';
import { jobsWorld, type World } from '../under-test/jobs-under-test.ts';
import { testJob } from '../under-test/test-job.ts';

let world: World;
let jobs: Jobs;
beforeEach(async () => {
  world = await jobsWorld();
  const key = ({ order }: Record<string, unknown>) => String(order);
  jobs = await world.start(
    [
      testJob('order.ship', async () => done()),
      testJob('order.sell', async () => done(), { unique: { key, onConflict: 'reject' } }),
      testJob('order.count', async () => done(), { unique: { key } }),
    ],
    { role: 'api' },
  );
});
afterEach(() => world.end());

const ship = (payload: unknown = {}) => ({ name: 'order.ship', payload });
const sell = (order: number, id?: string) => ({
  name: 'order.sell',
  payload: { order },
  ...(id && { options: { id } }),
});
const written = async () => (await world.collections.jobs.distinct('_id')).length;

test('of a list one is refused, and none is accepted', async () => {
  const { job } = await jobs.command('order.sell', { order: 7 });

  const refused = [
    jobs.commandAll([ship(), sell(7)]),
    jobs.commandAll([ship(), ship('no object')]),
    jobs.commandAll([ship(), ship({ text: 'x'.repeat(70_000) })]),
    jobs.commandAll([ship(), { ...ship(), options: { id: 'x'.repeat(201) } }]),
    jobs.commandAll([ship(), { name: 'order.burn', payload: {} }]),
    jobs.commandAll([ship(), sell(8), sell(8)]),
  ].map((answer) => answer.catch(({ code, details }: { code: string; details: object }) => ({ code, details })));

  expect(await Promise.all(refused)).toEqual([
    { code: 'unique-conflict', details: { index: 1, key: 'order.sell:7', heldBy: job.id } },
    { code: 'payload-invalid', details: { index: 1, issues: [expect.anything()] } },
    { code: 'payload-too-large', details: { index: 1, bytes: expect.any(Number) } },
    { code: 'id-invalid', details: { index: 1 } },
    { code: 'job-name-unknown', details: { name: 'order.burn' } },
    { code: 'unique-conflict', details: { index: 2, key: 'order.sell:8', heldBy: expect.any(String) } },
  ]);
  expect(await written()).toBe(1);
});

test('a key that a refused list had taken is free at once', async () => {
  await jobs.command('order.sell', { order: 7 });
  await expect(jobs.commandAll([sell(8), sell(7)])).rejects.toMatchObject({ code: 'unique-conflict' });

  expect(await jobs.command('order.sell', { order: 8 })).toMatchObject({ conflict: false });
});

test('of two lists for one key at once one is accepted whole, and nothing of the other', async () => {
  const lists = Array.from({ length: 6 }, () => [ship(), ship(), sell(7)]);

  const answers = await Promise.allSettled(lists.map((list) => jobs.commandAll(list)));

  expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  const accepted = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
  expect(accepted.filter(({ conflict }) => conflict)).toEqual([]);
  expect(await written()).toBe(accepted.length);
});

test('a list that comes again finds what stands, and so does who is stood for', async () => {
  const list = [{ ...ship(), options: { id: 'a' } }, sell(7, 'b'), { name: 'order.count', payload: { order: 1 } }];
  const { job: counting } = await jobs.command('order.count', { order: 1 });

  const first = await jobs.commandAll(list);
  const again = await jobs.commandAll(list);

  expect(first.map(({ job, conflict }) => [job.id, conflict])).toEqual([
    ['a', false],
    ['b', false],
    [counting.id, true],
  ]);
  expect(again.map(({ job, conflict }) => [job.id, conflict])).toEqual([
    ['a', true],
    ['b', true],
    [counting.id, true],
  ]);
  expect(await written()).toBe(3);
});
