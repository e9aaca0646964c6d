import { done } from '../define/outcome.ts';
import { onCrashPoint } from '../runtime/crash-points.ts';
import { jobsWorld, type World } from '../under-test/jobs-under-test.ts';
import { testJob } from '../under-test/test-job.ts';

let world: World;
beforeEach(async () => {
  world = await jobsWorld();
});
afterEach(async () => {
  onCrashPoint(undefined);
  await world.end();
});

const steps = () => world.collections.steps.countDocuments({});

test('whoever dies while he deletes a job leaves it with its receipts, and the next one deletes both', async () => {
  const jobs = await world.start([
    testJob('order.ship', async ({ step }) => {
      await step('label', async () => 'x'.repeat(10_000));
      return done();
    }),
  ]);
  const { job } = await jobs.enqueue({ name: 'order.ship' }, {});
  await jobs.waitFor(job.id, 10);
  onCrashPoint((point) => {
    if (point === 'remove.unjournalled') throw new Error('dies here');
  });

  await expect(jobs.remove(job.id)).rejects.toThrow('dies here');
  onCrashPoint(undefined);
  expect([(await jobs.find(job.id)).state, await steps()]).toEqual(['completed', 1]);
  await jobs.remove(job.id);

  expect(await steps()).toBe(0);
  await expect(jobs.find(job.id)).rejects.toMatchObject({ code: 'job-not-found' });
});
