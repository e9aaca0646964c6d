import { until } from '@millrace/testkit';
import { done } from '../define/outcome.ts';
import { connectTo, gate, jobsWorld, type World } from '../under-test/jobs-under-test.ts';
import { shortTiming, testJob } from '../under-test/test-job.ts';

let world: World;
beforeEach(async () => {
  world = await jobsWorld();
});
afterEach(() => world.end());

test('a job begins while the end of the one before it, in the only slot, waits for its record', async () => {
  const hold = gate();
  const begun: string[] = [];
  const definition = testJob('order.ship', async ({ jobId }) => {
    begun.push(jobId);
    if (jobId === 'first') await hold.promise;
    return done();
  });
  const jobs = await world.start([definition], {
    concurrency: 1,
    timing: { ...shortTiming, leaseMs: 60_000, heartbeatMs: 60_000 },
  });
  const stranger = await connectTo(world);
  const session = stranger.getClient().startSession();
  await jobs.enqueue({ name: 'order.ship' }, {}, { id: 'first' });
  await until(() => begun.length === 1);
  await jobs.enqueue({ name: 'order.ship' }, {}, { id: 'second' });
  session.startTransaction();
  const held = stranger.collection<{ _id: string }>('jobs');
  await held.updateOne({ _id: 'first' }, { $set: { held: true } }, { session });

  hold.resolve();
  const second = await jobs.waitFor('second', 20);
  const whileHeld = await world.record('first');
  await session.abortTransaction();
  const first = await jobs.waitFor('first', 20);
  await session.endSession();
  await stranger.close();

  expect(begun).toEqual(['first', 'second']);
  expect(whileHeld).toMatchObject({ state: 'executing' });
  expect([first, second]).toEqual(
    [first, second].map(() => expect.objectContaining({ state: 'completed', attempt: 1 })),
  );
  await world.untilEmpty();
});
