import { done } from '../define/outcome.ts';
import { jobsWorld, type World } from '../under-test/jobs-under-test.ts';
import { testJob } from '../under-test/test-job.ts';

let world: World;
beforeEach(async () => {
  world = await jobsWorld();
});
afterEach(() => world.end());

test('a result that cannot be stored fails the job instead of running it for ever', async () => {
  let runs = 0;
  const jobs = await world.start([
    testJob('order.ship', async () => {
      runs++;
      return done({ result: 'x'.repeat(17 * 1024 * 1024) });
    }),
  ]);

  const ended = await jobs.waitFor((await jobs.enqueue({ name: 'order.ship' }, {})).job.id, 10);

  expect(ended).toMatchObject({ state: 'failed', errors: [{ code: 'end-not-storable' }] });
  expect(runs).toBe(1);
});

test('an onEnd that throws ends the job as failed', async () => {
  const jobs = await world.start([
    testJob('order.ship', async () => done(), {
      onEnd: () => {
        throw new Error('no such field');
      },
    }),
  ]);

  const ended = await jobs.waitFor((await jobs.enqueue({ name: 'order.ship' }, {})).job.id, 10);

  expect(ended).toMatchObject({ state: 'failed', errors: [{ code: 'on-end-failed', message: 'no such field' }] });
});
