import { until } from '@millrace/testkit';
import { z } from 'zod';
import { done } from '../define/outcome.ts';
import { connectTo, gate, jobsWorld, type World } from '../under-test/jobs-under-test.ts';
import { testJob } from '../under-test/test-job.ts';
import { defineSchedule, type Misfire } from './define-schedule.ts';

let world: World;
beforeEach(async () => {
  world = await jobsWorld();
});
afterEach(() => world.end());

const sweep = testJob('order.sweep', async () => done());
const everySecond = (more: Partial<Parameters<typeof defineSchedule>[0]> = {}) =>
  defineSchedule({
    name: 'orders.sweep',
    cron: '* * * * * *',
    job: sweep.contract,
    payload: { of: 'orders' },
    ...more,
  });
const yearly = (more: Partial<Parameters<typeof defineSchedule>[0]> = {}) =>
  everySecond({ cron: '0 0 1 1 *', ...more });

const ticks = async () =>
  (await world.collections.jobs.find({}).sort({ _id: 1 }).toArray()).map(({ _id }) =>
    _id.slice('cron:orders.sweep:'.length),
  );
test('every tick commands one job under the id of the tick', async () => {
  const jobs = await world.start([sweep], { schedules: [everySecond()] });

  const { id, payload, tags, meta } = await until(async () => {
    const { items } = await jobs.list({ state: ['completed'] }, { limit: 5 });
    return items.length >= 3 && items[0];
  });
  const shown = await jobs.schedules.find('orders.sweep');

  expect(id).toBe(`cron:orders.sweep:${String(meta['tick'])}`);
  expect([payload, tags]).toEqual([{ of: 'orders' }, ['schedule:orders.sweep']]);
  expect(shown).toMatchObject({
    job: 'order.sweep',
    cron: '* * * * * *',
    timeZone: 'UTC',
    misfire: 'once',
    paused: false,
    orphaned: false,
    edited: [],
    revision: 1,
  });
  expect(shown.nextRuns).toHaveLength(5);
  expect(shown.lastRuns[0]).toMatchObject({ jobId: expect.stringContaining('cron:orders.sweep:') });
  const seconds = (await ticks()).map((tick) => Date.parse(tick) / 1_000);
  expect(seconds).toEqual(seconds.map((_, index) => (seconds[0] ?? 0) + index));
});

test('a tick that is not wanted leaves no job, and one about which that cannot be told does', async () => {
  let [asked, answer] = [0, async () => false];
  const isWanted = () => {
    asked++;
    return answer();
  };
  const jobs = await world.start([sweep], { schedules: [everySecond({ isWanted })] });

  await until(() => asked > 1);
  const shown = await jobs.schedules.find('orders.sweep');
  expect(await ticks()).toEqual([]);
  expect(shown).toMatchObject({ lastAt: expect.any(String), lastJobId: null, lastRuns: [], misfires: 0 });

  answer = () => Promise.reject(new Error('the database is away'));
  await until(async () => (await ticks()).length > 0);
});

/** Half an hour away from now, so that no tick comes while a test runs. */
const oncePerHour = `${(new Date().getUTCMinutes() + 30) % 60} * * * *`;

/** As if nobody had been there for five ticks. */
async function missFive() {
  const row = await world.collections.schedules.findOne({ _id: 'orders.sweep' });
  const nextAt = new Date((row?.nextAt.getTime() ?? 0) - 5 * 3_600_000);
  await world.collections.schedules.updateOne({ _id: 'orders.sweep' }, { $set: { nextAt } });
  return Array.from({ length: 5 }, (_, index) => new Date(nextAt.getTime() + index * 3_600_000).toISOString());
}

const declared = () => until(async () => (await world.collections.schedules.countDocuments({ orphaned: false })) === 1);

test.each([
  ['skip', 0],
  ['once', 1],
  ['all', 5],
] as [Misfire, number][])('of an outage of five ticks `%s` catches up %i', async (misfire, caughtUp) => {
  const jobs = await world.start([sweep], { schedules: [everySecond({ misfire, graceMs: 0, cron: oncePerHour })] });
  await declared();

  const missed = await missFive();
  const shown = await until(async () => {
    const view = await jobs.schedules.find('orders.sweep');
    return view.misfires === 5 && view;
  });
  await until(async () => (await ticks()).length === caughtUp);

  expect(await ticks()).toEqual(caughtUp === 0 ? [] : missed.slice(-caughtUp));
  expect(Date.parse(shown.nextAt ?? '')).toBeGreaterThan(Date.now());
  expect(shown.lastAt).toBe(caughtUp === 0 ? null : missed.at(-1));
});

test('a tick that somebody has decided upon before dying is enqueued by another, once', async () => {
  const jobs = await world.start([sweep], { schedules: [yearly()] });
  await declared();

  const tick = new Date(Date.UTC(2026, 0, 1));
  await world.collections.schedules.updateOne(
    { _id: 'orders.sweep' },
    { $set: { pending: [tick], updatedAt: new Date(Date.now() - 60_000) } },
  );
  await until(async () => (await world.collections.schedules.findOne({ _id: 'orders.sweep' }))?.pending.length === 0);

  expect(await ticks()).toEqual([tick.toISOString()]);
  expect(await jobs.schedules.find('orders.sweep')).toMatchObject({
    lastJobId: `cron:orders.sweep:${tick.toISOString()}`,
  });
});

test('a paused schedule fires nothing, runs by hand once per key, and a resume counts the pause as an outage', async () => {
  const jobs = await world.start([sweep], { schedules: [everySecond({ graceMs: 0, cron: oncePerHour })] });
  await declared();
  const { schedules } = jobs;

  const paused = await schedules.pause('orders.sweep', 'ann');
  const missed = await missFive();
  const [byHand, again] = [await schedules.run('orders.sweep', 'k1'), await schedules.run('orders.sweep', 'k1')];
  await jobs.waitFor(byHand.job.id, 10);
  const before = await ticks();
  const resumed = await schedules.resume('orders.sweep', 'bob');
  await until(async () => (await ticks()).length === 2);

  expect(paused).toMatchObject({ paused: true, nextAt: null, nextRuns: [], updatedBy: 'ann', revision: 2 });
  expect(await schedules.pause('orders.sweep').then(() => schedules.resume('orders.sweep'))).toMatchObject({
    paused: false,
  });
  expect([byHand.conflict, again.conflict, again.job.id]).toEqual([false, true, 'cron:orders.sweep:manual:k1']);
  expect(before).toEqual(['manual:k1']);
  expect(resumed).toMatchObject({ paused: false, updatedBy: 'bob', revision: 3 });
  expect(await ticks()).toEqual([missed.at(-1), 'manual:k1']);
});

test('what a person has changed outlives a restart, what the code has changed takes effect, what is gone is kept', async () => {
  const first = await world.start([sweep], { schedules: [yearly(), yearly({ name: 'orders.old' })] });
  await until(async () => (await world.collections.schedules.countDocuments()) === 2);
  const view = await first.schedules.find('orders.sweep');
  await first.schedules.edit(
    'orders.sweep',
    { ...view, cron: '0 4 * * *', lane: 'lo' },
    { by: 'ann', revision: view.revision },
  );
  await first.stop();

  const second = await world.start([sweep], { schedules: [yearly({ cron: '0 5 * * *', payload: { of: 'all' } })] });
  await until(async () => (await second.schedules.find('orders.old')).orphaned);
  const kept = await second.schedules.find('orders.sweep');
  const setBack = await second.schedules.edit('orders.sweep', { ...kept, cron: '0 5 * * *', lane: null });

  expect(kept).toMatchObject({ cron: '0 4 * * *', lane: 'lo', payload: { of: 'all' }, edited: ['cron', 'lane'] });
  expect(new Date(kept.nextAt ?? 0).getUTCHours()).toBe(4);
  expect([setBack.edited, new Date(setBack.nextAt ?? 0).getUTCHours()]).toEqual([[], 5]);
  expect(await second.schedules.find('orders.old')).toMatchObject({ orphaned: true, nextAt: null });
});

test('of two versions side by side neither takes away what the other declares', async () => {
  const newer = await world.start([sweep], { schedules: [yearly()] });
  await declared();

  await world.start([sweep], { schedules: [everySecond({ name: 'orders.older' })], database: await connectTo(world) });
  await until(
    async () => ((await newer.schedules.find('orders.older').catch(() => undefined))?.lastRuns.length ?? 0) >= 3,
  );

  expect(await newer.schedules.find('orders.sweep')).toMatchObject({ orphaned: false, revision: 1 });
  expect(await newer.schedules.find('orders.older')).toMatchObject({ orphaned: false, revision: 1 });
});

test('what a new version has left out goes with the last process of the old one', async () => {
  const older = await world.start([sweep], { schedules: [everySecond(), everySecond({ name: 'orders.old' })] });
  const newer = await world.start([sweep], { schedules: [everySecond()], database: await connectTo(world) });
  const find = () => newer.schedules.find('orders.old').catch(() => undefined);
  // Both have looked around by then.
  await until(async () => ((await find())?.lastRuns.length ?? 0) >= 3);
  await until(async () => (await find())?.orphaned === false);
  await older.stop();

  await until(async () => (await find())?.orphaned === true, { message: 'the old schedule is orphaned' });
  expect(await newer.schedules.find('orders.sweep')).toMatchObject({ orphaned: false });
});

test('what an old version has declared last holds no longer than its last process', async () => {
  const newer = await world.start([sweep], { schedules: [yearly({ cron: '0 5 1 1 *' })] });
  await declared();
  const older = await world.start([sweep], { schedules: [yearly()], database: await connectTo(world) });
  const isCron = async (cron: string) => (await newer.schedules.find('orders.sweep')).cron === cron;
  await until(() => isCron('0 0 1 1 *'));
  await older.stop();

  await until(() => isCron('0 5 1 1 *'), { message: 'the new version is back' });
  expect(await newer.schedules.find('orders.sweep')).toMatchObject({ orphaned: false, edited: [] });
});

test('an edit is refused field by field, and when another came first', async () => {
  const strict = testJob('order.sweep', async () => done(), { contract: { payload: z.object({ of: z.string() }) } });
  const jobs = await world.start([strict], { schedules: [yearly()] });
  await declared();
  const view = await jobs.schedules.find('orders.sweep');
  const edit = (change: object, revision?: number) =>
    jobs.schedules.edit('orders.sweep', { ...view, ...change }, { revision });

  await expect(edit({ cron: '61 * * * *', payload: { of: 7 } })).rejects.toMatchObject({
    code: 'schedule-invalid',
    details: { issues: [{ path: 'cron' }, { path: 'payload.of' }] },
  });
  await expect(edit({ timeZone: 'Mars/Olympus' })).rejects.toMatchObject({
    details: { issues: [{ path: 'timeZone' }] },
  });
  await expect(edit({ misfire: 'all' }, 7)).rejects.toMatchObject({ code: 'schedule-changed' });
  await expect(jobs.schedules.find('orders.none')).rejects.toMatchObject({ code: 'schedule-not-found' });
  expect(await jobs.schedules.find('orders.sweep')).toEqual(view);
});

test('a tick whose payload the job takes no more becomes a dead letter and holds up nothing', async () => {
  const jobs = await world.start([sweep], { schedules: [everySecond()] });
  await declared();
  await jobs.stop();

  const strict = testJob('order.sweep', async () => done(), { contract: { payload: z.object({ to: z.string() }) } });
  const after = await world.start([strict], {
    schedules: [{ ...everySecond(), job: 'order.sweep' }],
    database: await connectTo(world),
  });
  const groups = await until(async () => {
    const found = await after.deadLetters.groups();
    return found.length > 0 && found;
  });

  expect(groups).toMatchObject([{ code: 'payload-invalid', source: 'message' }]);
  expect((await world.collections.schedules.findOne({ _id: 'orders.sweep' }))?.pending.length).toBeLessThan(3);
});

test('a tick is left out while another job holds its unique key, and the job that stands for it is shown', async () => {
  const hold = gate();
  const unique = testJob(
    'order.sweep',
    async () => {
      await hold.promise;
      return done();
    },
    { unique: { key: () => 'one' } },
  );
  const jobs = await world.start([unique], { schedules: [everySecond()] });

  const { lastAt, lastJobId } = await until(async () => {
    const view = await jobs.schedules.find('orders.sweep').catch(() => undefined);
    return view?.lastAt && view.lastJobId && !view.lastJobId.endsWith(view.lastAt) && view;
  });
  const found = await ticks();
  hold.resolve();

  expect(found).toEqual([lastJobId?.slice('cron:orders.sweep:'.length)]);
  expect(Date.parse(String(lastAt))).toBeGreaterThan(Date.parse(String(found[0])));
});

test.each([
  [{ name: 'Orders Sweep' }, 'a name has'],
  [{ cron: '* * *' }, 'schedule orders.sweep: cron must have five fields'],
  [{ timeZone: 'Mars/Olympus' }, 'schedule orders.sweep: timeZone must be'],
  [{ payload: 'none' }, 'schedule orders.sweep: job order.sweep'],
])('a declaration with %j stops the start', (more, message) => {
  expect(() => everySecond(more)).toThrow(message);
});

test('two schedules of one name, or a job that is not performed here, stop the start', () => {
  expect(() => world.make([sweep], { schedules: [yearly(), yearly()] })).toThrow('is declared twice');
  expect(() => world.make([], { schedules: [yearly()] })).toThrow('job order.sweep is not performed by this service');
});
