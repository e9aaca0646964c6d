import { until } from '@millrace/testkit';
import { LADDER_MAX_MS } from '../broker/delay-ladder.ts';
import { done, fail, snooze } from '../define/outcome.ts';
import { every, on } from '../define/retry-policy.ts';
import { gate, jobsWorld, type World } from '../under-test/jobs-under-test.ts';
import { testJob } from '../under-test/test-job.ts';

let world: World;
beforeEach(async () => {
  world = await jobsWorld();
});
afterEach(() => world.end());

const ship = { name: 'order.ship' };
const hour = 3_600_000;
const inHours = (hours: number) => new Date(Date.now() + hours * hour);

test('a scheduled job is put off, and brought back', async () => {
  const jobs = await world.start([testJob('order.ship', async () => done())]);
  const { job } = await jobs.enqueue(ship, {}, { runAt: inHours(1) });

  const later = inHours(200);
  const putOff = await jobs.change(job.id, { runAt: later, lane: 'hi', maxAttempts: 3 });
  const { n, dueAt } = await world.record(job.id);
  await jobs.change(job.id, { runAt: null });

  expect(putOff).toMatchObject({ state: 'scheduled', scheduledAt: later.toISOString(), lane: 'hi', maxAttempts: 3 });
  expect([n, dueAt]).toEqual([2, later]);
  expect(await jobs.waitFor(job.id, 10)).toMatchObject({ state: 'completed', attempt: 1 });
});

test('a job that is due is taken back to its new time, and its message runs nothing', async () => {
  const api = await world.start([testJob('order.ship', async () => done())], { role: 'api' });
  const { job } = await api.enqueue(ship, {});
  await until(async () => (await world.depths())['std'] === 1);

  const putOff = await api.change(job.id, { runAt: inHours(1) });
  const worker = await world.start([testJob('order.ship', async () => done())], { role: 'worker' });
  await world.untilEmpty();

  expect(putOff.state).toBe('scheduled');
  expect(await worker.find(job.id)).toMatchObject({ state: 'scheduled', attempt: 0 });
});

test('another lane takes another message', async () => {
  const api = await world.start([testJob('order.ship', async () => done())], { role: 'api' });
  const { job } = await api.enqueue(ship, {});
  await until(async () => (await world.depths())['std'] === 1);

  const changed = await api.change(job.id, { lane: 'lo' });
  await until(async () => (await world.depths())['lo'] === 1);
  const worker = await world.start([testJob('order.ship', async () => done())], { role: 'worker' });

  expect(changed).toMatchObject({ state: 'available', lane: 'lo' });
  expect(await worker.waitFor(job.id, 10)).toMatchObject({ state: 'completed', attempt: 1 });
});

test.each(['retryable', 'snoozed'] as const)('a %s job is given another time and keeps its name', async (state) => {
  let runs = 0;
  const jobs = await world.start([
    testJob(
      'order.ship',
      async () => {
        if (++runs > 1) return done();
        if (state === 'snoozed') return snooze(hour);
        throw new Error('no wind');
      },
      { retry: [on(Error, every(hour))] },
    ),
  ]);
  const { job } = await jobs.enqueue(ship, {});
  await until(async () => (await jobs.find(job.id)).state === state);

  const putOff = await jobs.change(job.id, { runAt: new Date(Date.now() + 2 * LADDER_MAX_MS) });
  const { dueAt, wakeAt } = await world.record(job.id);
  await jobs.change(job.id, { runAt: new Date(Date.now() + 500) });
  const ended = await jobs.waitFor(job.id, 20);

  // The ladder is too short for it: it waits in the record alone.
  expect([putOff.state, dueAt?.toISOString(), wakeAt]).toEqual([state, putOff.scheduledAt, undefined]);
  expect([ended.state, runs]).toEqual(['completed', 2]);
});

test('a time beyond the ladder is met from the record', async () => {
  const jobs = await world.start([testJob('order.ship', async () => done())]);
  const { job } = await jobs.enqueue(ship, {}, { runAt: new Date(Date.now() + LADDER_MAX_MS + hour) });

  const far = await world.record(job.id);
  // As if that time had passed.
  const soon = new Date(Date.now() + 300);
  await world.collections.jobs.updateOne({ _id: job.id }, { $set: { nextRunAt: soon, dueAt: soon } });
  const ended = await jobs.waitFor(job.id, 10);

  expect([far.state, far.wakeAt, far.dueAt]).toEqual(['scheduled', undefined, far.nextRunAt]);
  expect(ended.state).toBe('completed');
  expect(Date.parse(ended.startedAt ?? '')).toBeGreaterThanOrEqual(soon.getTime() - 50);
});

test('of a running job only the number of attempts is changed, of an ended one nothing', async () => {
  const hold = gate();
  const jobs = await world.start([
    testJob('order.ship', async () => {
      await hold.promise;
      return fail({ code: 'lost', message: 'lost' });
    }),
  ]);
  const { job } = await jobs.enqueue(ship, {});
  await until(async () => (await jobs.find(job.id)).state === 'executing');

  const more = await jobs.change(job.id, { maxAttempts: 7 });
  await expect(jobs.change(job.id, { runAt: null })).rejects.toMatchObject({ code: 'job-state-conflict' });
  await expect(jobs.change(job.id, { lane: 'hi', maxAttempts: 9 })).rejects.toMatchObject({
    code: 'job-state-conflict',
  });
  hold.resolve();
  const ended = await jobs.waitFor(job.id, 10);

  expect(more).toMatchObject({ state: 'executing', maxAttempts: 7 });
  expect(ended).toMatchObject({ state: 'failed', maxAttempts: 7, lane: 'std' });
  await expect(jobs.change(job.id, { maxAttempts: 9 })).rejects.toMatchObject({ code: 'job-state-conflict' });
  await expect(jobs.change('none', { maxAttempts: 9 })).rejects.toMatchObject({ code: 'job-not-found' });
});
