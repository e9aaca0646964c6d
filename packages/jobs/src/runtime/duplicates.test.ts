import { until } from '@millrace/testkit';
import { done, snooze } from '../define/outcome.ts';
import { jobsWorld, type World } from '../under-test/jobs-under-test.ts';
import { testJob } from '../under-test/test-job.ts';

let world: World;
beforeEach(async () => {
  world = await jobsWorld();
});
afterEach(() => world.end());

test('a snoozed job whose every message comes many times, early and late, runs once per dispatch number', async () => {
  const COPIES = 8;
  const ran: number[] = [];
  const message = (n: number) => world.publish({ jobId: 'o-1', n }, { messageId: `o-1:${n}` });
  const copies = (n: number) => Promise.all(Array.from({ length: COPIES }, () => message(n)));
  const jobs = await world.start([
    testJob('order.ship', async ({ jobId }) => {
      const { n } = await world.record(jobId);
      ran.push(n);
      // Of this run while it runs, of the run before when it is over, of the next before it is due.
      await Promise.all([copies(n), copies(n - 1 || 1), copies(n + 1)]);
      return n < 4 ? snooze(600) : done();
    }),
  ]);

  await jobs.enqueue({ name: 'order.ship' }, {}, { id: 'o-1' });
  for (const n of [2, 3, 4]) {
    await until(async () => (await world.record('o-1')).n >= n);
    await copies(n);
  }
  const ended = await jobs.waitFor('o-1', 20);
  await Promise.all([1, 2, 3, 4].map(copies));
  await world.untilEmpty();

  process.stdout.write(`duplicates of a snoozed job: runs by dispatch number ${ran.join(' ')} [1 2 3 4]\n`);
  expect(ran).toEqual([1, 2, 3, 4]);
  expect(ended).toMatchObject({ state: 'completed', attempt: 1 });
  expect(await world.record('o-1')).toMatchObject({ n: 4, fence: 4, ends: 1 });
  expect(await world.collections.deadLetters.countDocuments()).toBe(0);
  expect((await jobs.ledger()).map(({ imbalance }) => imbalance)).toEqual([0]);
});
