import { until } from '@millrace/testkit';
import { breaker } from '../define/breaker.ts';
import { done } from '../define/outcome.ts';
import { every, on } from '../define/retry-policy.ts';
import type { Jobs } from '../runtime/jobs.ts';
import { connectTo, jobsWorld, type World } from '../under-test/jobs-under-test.ts';
import { testJob } from '../under-test/test-job.ts';
import { Unavailable } from './dependency-under-test.ts';

const OPEN_MS = 600;

let world: World;
let calls = 0;
let answer: () => unknown = () => 'fine';

beforeEach(async () => {
  world = await jobsWorld();
  calls = 0;
  answer = () => 'fine';
});
afterEach(() => world.end());

const refuse = () => {
  throw new Unavailable('down');
};
const bank = breaker('bank', {
  failures: 2,
  openMs: OPEN_MS,
  isFailure: (error) => error instanceof Unavailable,
});

const ask = () => {
  calls++;
  return answer();
};

/** A job that calls the bank; `key` is the account. */
const paying = (code: object = {}) =>
  testJob(
    'order.pay',
    async ({ payload, through }) => {
      const key = payload['key'] as string | undefined;
      return done({ result: await through(bank, ask, key) });
    },
    { retry: [on(Error, every(0))], ...code },
  );

const pay = async (jobs: Jobs, payload = {}) => (await jobs.command('order.pay', payload)).job.id;
const stateOf = async (name = 'bank') => (await world.collections.breakers.findOne({ _id: name }))?.state;
const untilState = (state: string, name?: string) =>
  until(async () => (await stateOf(name)) === state, { withinMs: 10_000, message: `the breaker is ${state}` });
const untilHeld = (jobs: Jobs, id: string) =>
  until(async () => (await jobs.find(id)).waitingFor === 'breaker:bank', { withinMs: 10_000, message: 'job is held' });

test('too many failures hold the jobs back without a worker and without spending attempts, until a probe succeeds', async () => {
  const jobs = await world.start([paying()]);
  answer = refuse;
  const first = await pay(jobs);
  await untilState('open');
  const second = await pay(jobs);
  await untilHeld(jobs, second);
  const held = await jobs.find(second);
  const spent = calls;
  answer = () => 'fine';
  const ended = await Promise.all([first, second].map((id) => jobs.waitFor(id, 20)));

  expect(held).toMatchObject({ state: 'snoozed', attempt: 0, worker: null, errors: [] });
  expect(ended.map(({ state, attempt }) => [state, attempt])).toEqual([
    ['completed', 3],
    ['completed', 1],
  ]);
  expect([spent, calls]).toEqual([2, 4]);
  expect(await world.record(second)).not.toHaveProperty('waitingFor');
  expect(await jobs.breakers.list()).toEqual([
    expect.objectContaining({
      name: 'bank',
      state: 'closed',
      recentFailures: 0,
      openings: 0,
      openUntil: null,
      probe: null,
    }),
  ]);
});

test('a probe that fails opens again for twice as long, up to the cap, and spends no attempt', async () => {
  const capped = breaker('bank', { failures: 1, openMs: 200, maxOpenMs: 500 });
  const jobs = await world.start([
    testJob('order.pay', async ({ through }) => done({ result: await through(capped, ask) })),
  ]);
  answer = refuse;
  const id = await pay(jobs);
  const openFor: number[] = [];
  for (let openings = 1; openings <= 4; openings++) {
    await until(
      async () => {
        const row = await world.collections.breakers.findOne({ _id: 'bank', openings });
        if (!row?.openUntil) return false;
        openFor.push(row.openUntil.getTime() - row.changedAt.getTime());
        return true;
      },
      { withinMs: 10_000, everyMs: 5, message: `opening ${openings}` },
    );
  }
  const { attempt, state } = await jobs.find(id);
  answer = () => 'fine';

  expect(openFor).toEqual([200, 400, 500, 500]);
  expect(['snoozed', 'executing']).toContain(state);
  expect(attempt).toBeLessThanOrEqual(2);
  expect(await jobs.waitFor(id, 10)).toMatchObject({ state: 'completed', attempt: 2 });
});

test('while it is half open one job of all processes tries and the others wait', async () => {
  const own = await connectTo(world);
  const [one, other] = await Promise.all([world.start([paying()]), world.start([paying()], { database: own })]);
  answer = refuse;
  await pay(one);
  await untilState('open');
  const tries = Promise.withResolvers<void>();
  const seenHeld = new Set<string>();
  let probing = 0;
  let most = 0;
  answer = async () => {
    most = Math.max(most, ++probing);
    await tries.promise;
    probing--;
  };
  const ids = await Promise.all(Array.from({ length: 8 }, (_, i) => pay(i % 2 ? one : other)));
  await untilState('half-open');
  await until(
    async () => {
      const held = await world.collections.jobs.distinct('_id', { waitingFor: 'breaker:bank' });
      for (const id of held) seenHeld.add(id);
      return seenHeld.size >= ids.length - 1;
    },
    { withinMs: 10_000, message: 'all others have waited' },
  );
  expect(most).toBe(1);
  tries.resolve();

  const ended = await Promise.all(ids.map((id) => one.waitFor(id, 20)));
  expect(new Set(ended.map(({ state, attempt }) => `${state} ${attempt}`))).toEqual(new Set(['completed 1']));
});

test('another probe follows when the first dies with its process', async () => {
  const jobs = await world.start([paying()]);
  await world.collections.breakers.insertOne({
    _id: 'bank',
    state: 'half-open',
    failures: [],
    openings: 1,
    probe: { jobId: 'dead', token: 'dead', until: new Date(Date.now() + 500) },
    callsPerSecond: 1,
    createdAt: new Date(),
    changedAt: new Date(),
  });
  const id = await pay(jobs);

  expect(await jobs.waitFor(id, 10)).toMatchObject({ state: 'completed', attempt: 1 });
  expect(await stateOf()).toBe('closed');
});

test('errors that do not speak against the dependency count for nothing', async () => {
  const jobs = await world.start([paying({ contract: { maxAttempts: 6 } })]);
  answer = () => {
    throw new TypeError('no such account');
  };
  const id = await pay(jobs);

  expect(await jobs.waitFor(id, 10)).toMatchObject({ state: 'failed', attempt: 6 });
  expect(await world.collections.breakers.findOne({ _id: 'bank' })).toMatchObject({ state: 'closed', failures: [] });
});

test('each key has a breaker of its own', async () => {
  const jobs = await world.start([paying()]);
  answer = refuse;
  const down = await pay(jobs, { key: 'ada' });
  await untilState('open', 'bank:ada');
  answer = () => 'fine';

  expect(await jobs.waitFor(await pay(jobs, { key: 'bob' }), 10)).toMatchObject({ state: 'completed', attempt: 1 });
  expect(await world.collections.breakers.countDocuments({ _id: 'bank:bob' })).toBe(0);
  expect(await jobs.waitFor(down, 10)).toMatchObject({ state: 'completed' });
});

test('a breaker of a definition guards the whole run', async () => {
  const guarded = breaker('guarded', { failures: 1, openMs: OPEN_MS });
  const jobs = await world.start([
    testJob('order.pay', async () => (calls++ === 0 ? refuse() : done()), {
      breakers: [guarded],
      retry: [on(Error, every(0))],
    }),
  ]);
  expect(await jobs.breakers.list()).toMatchObject([{ name: 'guarded', state: 'closed' }]);
  const id = await pay(jobs);
  await untilState('open', 'guarded');

  expect(await jobs.waitFor(id, 10)).toMatchObject({ state: 'completed', attempt: 2 });
  expect(calls).toBe(2);
});

test('a person holds it open until a person closes it', async () => {
  const jobs = await world.start([paying()]);
  await jobs.waitFor(await pay(jobs), 10);

  const opened = await jobs.breakers.open('bank', 'ada');
  const id = await pay(jobs);
  await untilHeld(jobs, id);
  const closed = await jobs.breakers.close('bank', 'bob');

  expect(opened).toMatchObject({ state: 'open', openUntil: null, changedBy: 'ada' });
  expect(closed).toMatchObject({ state: 'closed', changedBy: 'bob' });
  expect(await jobs.waitFor(id, 10)).toMatchObject({ state: 'completed', attempt: 1 });
  await expect(jobs.breakers.open('nobody', 'ada')).rejects.toMatchObject({ code: 'breaker-not-found' });
});

test('calls that succeed write nothing', async () => {
  const jobs = await world.start([paying()]);
  await jobs.waitFor(await pay(jobs), 10);
  const before = await world.collections.breakers.findOne({ _id: 'bank' });
  await Promise.all((await Promise.all([1, 2, 3].map(() => pay(jobs)))).map((id) => jobs.waitFor(id, 10)));

  expect(await world.collections.breakers.findOne({ _id: 'bank' })).toEqual(before);
  expect(before).toMatchObject({ state: 'closed', failures: [] });
});
