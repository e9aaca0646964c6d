import { until } from '@millrace/testkit';
import { defaultTiming } from '../runtime/timing.ts';
import { jobsWorld, type World } from '../under-test/jobs-under-test.ts';
import { testJob } from '../under-test/test-job.ts';

let world: World;
beforeEach(async () => {
  world = await jobsWorld();
});
afterEach(() => world.end());

test('the broker takes its messages from a process that stands still before its leases expire', async () => {
  await world.start([testJob('order.ship', () => Promise.reject(new Error('not here')))], { role: 'api' });
  const worker = world.worker();
  const consumers = () =>
    world.onChannel(
      async (channel) => (await channel.checkQueue(world.names.queue('orders.main', 'std'))).consumerCount,
    );
  await until(async () => (await consumers()) === 1, { withinMs: 20_000, message: 'the worker consumes' });

  await worker.kill('SIGSTOP');
  const stopped = performance.now();
  await until(async () => (await consumers()) === 0, { withinMs: 40_000, everyMs: 500, message: 'it is given up' });
  const ms = Math.round(performance.now() - stopped);

  process.stdout.write(
    `T6 silent process: its messages come back after ${ms} ms [lease ${defaultTiming.leaseMs} ms]\n`,
  );
  expect(ms).toBeLessThan(defaultTiming.leaseMs);
}, 90_000);
