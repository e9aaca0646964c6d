import { setTimeout as delay } from 'node:timers/promises'; // waits: a job runs until its gate opens
import { until } from '@millrace/testkit';
import type { JobDefinition } from '../define/define-job.ts';
import { concurrency, type LimitRule, rate } from '../define/limit-rules.ts';
import { done, snooze } from '../define/outcome.ts';
import type { Jobs } from '../runtime/jobs.ts';
import { jobsWorld, type World } from '../under-test/jobs-under-test.ts';
import { testJob } from '../under-test/test-job.ts';

let world: World;
beforeEach(async () => {
  world = await jobsWorld();
});
afterEach(() => world.end());

/** Runs until its gate is opened; knows how many ran at once. */
function gated(
  limits: readonly LimitRule<Record<string, unknown>>[],
  more: { run?: JobDefinition<Record<string, unknown>>['run'] } = {},
) {
  const open = new Set<string>();
  const seen = { running: 0, most: 0, order: [] as string[] };
  const definition = testJob(
    'order.gated',
    async (run) => {
      const id = String(run.payload['is'] ?? run.jobId);
      seen.order.push(id);
      seen.running++;
      seen.most = Math.max(seen.most, seen.running);
      while (!open.has(id) && !open.has('all') && !run.signal.aborted) await delay(5);
      seen.running--;
      run.signal.throwIfAborted();
      return (await more.run?.(run)) ?? done();
    },
    { limits },
  );
  return { definition, seen, open: (...ids: string[]) => ids.forEach((id) => void open.add(id)) };
}

const perKey = (max: number, hold: 'attempt' | 'job' = 'attempt') =>
  concurrency<Record<string, unknown>>({ key: ({ key }) => key as string | undefined, max, hold });

const contract = { name: 'order.gated' };
const stateOf = async (id: string) => {
  const { state, waitingFor } = await world.record(id);
  return waitingFor ? `${state} ${waitingFor}` : state;
};
const enqueue = async (jobs: Jobs, payload: Record<string, unknown>) => (await jobs.enqueue(contract, payload)).job.id;
const untilState = (id: string, state: string) =>
  until(async () => (await stateOf(id)) === state, { withinMs: 10_000, message: `job is ${state}` });
const liveSlots = () => world.collections.slots.countDocuments({ until: { $gt: new Date() } });

test('of a key no more run than its limit, the others wait in their records, and all run in the end', async () => {
  const { definition, seen, open } = gated([perKey(2)]);
  const jobs = await world.start([definition]);
  const ids = [];
  for (let i = 0; i < 6; i++) ids.push(await enqueue(jobs, { key: 'a' }));
  await until(async () => (await world.collections.waiters.countDocuments({})) === 4);
  await until(async () => (await world.collections.jobs.countDocuments({ waitingFor: 'limit:a' })) === 4);
  const [view] = await jobs.limits();
  const beside = await enqueue(jobs, { key: 'b', is: 'beside' });
  const free = await enqueue(jobs, { is: 'free' });
  await until(() => seen.running === 4);

  expect(view).toMatchObject({ key: 'a', kind: 'concurrency', max: 2, used: 2, waiting: 4, hold: 'attempt' });
  expect(await world.depths()).toMatchObject({ std: 0, retry: 0 });
  open('beside', 'free');
  await Promise.all([untilState(beside, 'completed'), untilState(free, 'completed')]);
  seen.most = 0;
  open(...ids);
  await Promise.all(ids.map((id) => untilState(id, 'completed')));
  expect(seen.most).toBeLessThanOrEqual(2);
  await until(async () => (await liveSlots()) === 0);
  expect(await world.collections.waiters.countDocuments({})).toBe(0);
  expect((await Promise.all(ids.map((id) => world.record(id)))).map(({ attempt }) => attempt)).toEqual(
    ids.map(() => 1),
  );
});

test('a job under two limits holds both or none', async () => {
  const both = concurrency<Record<string, unknown>>({
    key: ({ second }) => second as string | undefined,
    max: 1,
    name: 'second',
  });
  const { definition, seen, open } = gated([perKey(1), both]);
  const jobs = await world.start([definition]);
  const first = await enqueue(jobs, { second: 's', is: 'first' });
  await untilState(first, 'executing');
  const blocked = await enqueue(jobs, { key: 'k', second: 's', is: 'blocked' });
  await untilState(blocked, 'available limit:s');
  const third = await enqueue(jobs, { key: 'k', is: 'third' });
  await untilState(third, 'executing');

  open('first', 'third', 'blocked');
  await Promise.all([first, blocked, third].map((id) => untilState(id, 'completed')));
  expect(seen.order).toEqual(['first', 'third', 'blocked']);
});

test('waiting jobs are called tenant by tenant, and of a tenant in the order of their commands', async () => {
  const { definition, seen, open } = gated([perKey(1)]);
  const jobs = await world.start([
    { ...definition, fair: { tenant: (payload) => String((payload as { who: string }).who), window: 20 } },
  ]);
  const head = await enqueue(jobs, { key: 'a', who: 'z', is: 'head' });
  await untilState(head, 'executing');
  for (const is of ['a1', 'a2', 'a3', 'b1', 'c1', 'b2']) {
    const id = await enqueue(jobs, { key: 'a', who: is[0], is });
    await untilState(id, 'available limit:a');
  }

  open('all');
  await until(() => seen.order.length === 7 && seen.running === 0, { withinMs: 10_000 });
  expect(seen.order).toEqual(['head', 'a1', 'b1', 'c1', 'a2', 'b2', 'a3']);
});

test('a slot held for the job stays with it over snoozes, one held for the attempt does not', async () => {
  const snoozing = async ({ payload, attempt }: { payload: Record<string, unknown>; attempt: number }) =>
    payload['is'] === 'first' && attempt === 1 && !payload['again'] ? snooze(400) : done();
  let runs = 0;
  const { definition, open } = gated([perKey(1, 'job')], {
    run: async (run) => (runs++ === 0 ? snoozing(run) : done()),
  });
  const jobs = await world.start([definition]);
  open('all');
  const first = await enqueue(jobs, { key: 'a', is: 'first' });
  await untilState(first, 'snoozed');
  const second = await enqueue(jobs, { key: 'a', is: 'second' });
  await untilState(second, 'available limit:a');

  expect(await stateOf(first)).toBe('snoozed');
  await Promise.all([first, second].map((id) => untilState(id, 'completed')));
  const [one, two] = await Promise.all([world.record(first), world.record(second)]);
  expect(two.startedAt?.getTime()).toBeGreaterThanOrEqual(one.endedAt?.getTime() ?? Number.NaN);
  await until(async () => (await liveSlots()) === 0);
});

test('a cancelled job that waited for a limit leaves no row behind, and the one behind it runs', async () => {
  const { definition, open } = gated([perKey(1)]);
  const jobs = await world.start([definition]);
  const first = await enqueue(jobs, { key: 'a', is: 'first' });
  await untilState(first, 'executing');
  const second = await enqueue(jobs, { key: 'a', is: 'second' });
  await untilState(second, 'available limit:a');
  const third = await enqueue(jobs, { key: 'a', is: 'third' });
  await untilState(third, 'available limit:a');

  await jobs.cancel(second);
  await until(async () => (await world.collections.waiters.countDocuments({ _id: second })) === 0);
  await jobs.runNow(third);
  await until(async () => (await world.record(third)).n === 2);
  await untilState(third, 'available limit:a');
  open('all');
  await untilState(third, 'completed');
  expect(await stateOf(second)).toBe('cancelled');
  await until(async () => (await liveSlots()) === 0);
});

test('a rate starts no job before its time, and all of them in the end', async () => {
  const starts: number[] = [];
  const definition = testJob(
    'order.gated',
    async () => {
      starts.push(performance.now());
      return done();
    },
    { limits: [rate({ key: () => 'provider', max: 20, perMs: 1_000 })] },
  );
  const jobs = await world.start([definition]);
  const began = performance.now();
  await Promise.all(Array.from({ length: 30 }, () => enqueue(jobs, {})));
  await until(() => starts.length === 30, { withinMs: 20_000 });
  const [view] = await jobs.limits();

  // A busy machine makes starts late, which lets later ones crowd; early is none, but for the reading of the database's clock.
  const early = starts.toSorted((one, other) => one - other).filter((at, index) => at < began + index * 50 - 60);
  expect(early).toEqual([]);
  expect(view).toMatchObject({ key: 'provider', kind: 'rate', max: 20, perMs: 1_000, waiting: 0, holders: [] });
});
