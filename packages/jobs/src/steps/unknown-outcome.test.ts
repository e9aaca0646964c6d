import { fileURLToPath } from 'node:url';
import { BreakerOpen } from '../breakers/breaker-open.ts';
import { done } from '../define/outcome.ts';
import { every, on } from '../define/retry-policy.ts';
import type { OnceOptions } from '../define/run-tools.ts';
import type { StepRow } from '../record/record.ts';
import type { Jobs } from '../runtime/jobs.ts';
import { jobsWorld, type World } from '../under-test/jobs-under-test.ts';
import { testJob } from '../under-test/test-job.ts';
import { effectsIn } from '../under-test/worker-under-test.ts';
import { countingJobs } from './counting-worker-under-test.ts';
import { RunAborted } from './step-errors.ts';
import type { StepStore } from './step-store.ts';
import { Steps } from './steps.ts';

const program = fileURLToPath(new URL('counting-worker-under-test.ts', import.meta.url));

let world: World;
let jobs: Jobs;

beforeEach(async () => {
  world = await jobsWorld();
});
afterEach(() => world.end());

/** A bank that may take the money and not say so, and a job that has it charged once. */
async function charge(bank: (charges: string[]) => unknown, options: OnceOptions<unknown> = {}) {
  const charges: string[] = [];
  jobs = await world.start([
    testJob(
      'order.charge',
      async ({ once }) =>
        done({ result: await once('charge', ({ key }) => (charges.push(key) && bank(charges)) ?? 'paid', options) }),
      { retry: [on(Error, every(0))], contract: { maxAttempts: 4 } },
    ),
  ]);
  const { job } = await jobs.command('order.charge', {});
  return { charges, job: await jobs.waitFor(job.id, 15) };
}

const breaks = () => {
  throw new Error('socket hang up');
};

test('a call whose outcome nobody knows fails the job at once and says who began it when', async () => {
  const { charges, job } = await charge(breaks);

  expect(job).toMatchObject({ state: 'failed', attempt: 1, steps: [{ name: 'charge', attempt: 1, ms: null }] });
  expect(job.errors).toEqual([
    expect.objectContaining({
      code: 'unknown-outcome',
      message: expect.stringMatching(/^step "charge" was begun at 20\S+Z in attempt 1 by worker [0-9a-f-]{36}; nobody/),
      remedy: expect.stringContaining('{"resolve": {"charge": {"done": true}}}'),
    }),
  ]);
  expect(charges).toHaveLength(1);
});

test('a person who says that it took effect gives the value and keeps it from being called again', async () => {
  const { charges, job } = await charge(breaks);

  await jobs.retry(job.id, { charge: { done: true, value: { receipt: 7 } } });

  expect(await jobs.waitFor(job.id, 10)).toMatchObject({ state: 'completed', result: { receipt: 7 } });
  expect(charges).toHaveLength(1);
});

test('a person who says that it took no effect has it called again', async () => {
  const { charges, job } = await charge((made) => (made.length === 1 ? breaks() : 'second'));

  await jobs.retry(job.id, { charge: { done: false } });

  expect(await jobs.waitFor(job.id, 10)).toMatchObject({ state: 'completed', result: 'second' });
  expect(charges).toHaveLength(2);
});

test('a retry without an answer knows no more than before', async () => {
  const { charges, job } = await charge(breaks);

  await jobs.retry(job.id);

  expect(await jobs.waitFor(job.id, 10)).toMatchObject({ state: 'failed', errors: [{}, { code: 'unknown-outcome' }] });
  expect(charges).toHaveLength(1);
});

test('an answer for a step that has a receipt, or was not begun, is refused and changes nothing', async () => {
  const { job } = await charge(breaks);

  const refused = jobs.retry(job.id, { charge: { done: true }, other: { done: true } });

  await expect(refused).rejects.toMatchObject({ code: 'step-not-unknown' });
  expect(await jobs.find(job.id)).toMatchObject({ state: 'failed', steps: [{ name: 'charge', ms: null }] });
});

test.each([
  { knows: 'that it was made', check: async () => 'found', calls: 1, result: 'found' },
  { knows: 'that it was not', check: async () => undefined, calls: 2, result: 'paid' },
])('a check that knows $knows spares the person', async ({ check, calls, result }) => {
  const { charges, job } = await charge((made) => (made.length === 1 ? breaks() : undefined), { check });

  expect(job).toMatchObject({ state: 'completed', attempt: 2, result });
  expect(charges).toHaveLength(calls);
});

test('an error that proves that nothing has happened is retried like any other', async () => {
  const { charges, job } = await charge((made) => (made.length < 3 ? breaks() : undefined), { isUndone: () => true });

  expect(job).toMatchObject({ state: 'completed', attempt: 3, result: 'paid' });
  expect(charges).toHaveLength(3);
});

test('a job is not retried by its policy because the handler has wrapped the error', async () => {
  jobs = await world.start([
    testJob('order.charge', async ({ once }) => {
      await once('charge', breaks).catch((cause: unknown) => {
        throw new Error('charging failed', { cause });
      });
      return done();
    }),
  ]);
  const { job } = await jobs.command('order.charge', {});

  expect(await jobs.waitFor(job.id, 10)).toMatchObject({ state: 'failed', errors: [{ code: 'unknown-outcome' }] });
});

test('a call during which its worker is killed is made no second time, and its job says so', async () => {
  const api = await world.start(countingJobs('api', effectsIn(world.database)), { role: 'api' });
  const { job } = await api.command('order.charge', {});
  world.worker({ program, isKeptAlive: true });

  expect(await api.waitFor(job.id, 30)).toMatchObject({
    state: 'failed',
    crashes: 1,
    errors: [{ code: 'worker-died' }, { code: 'unknown-outcome' }],
  });
  expect(await world.database.collection('effects').countDocuments({ what: 'charged' })).toBe(1);
});

test('a call that a breaker kept back leaves nothing unknown: the job waits and calls it then', async () => {
  const { charges, job } = await charge((made) => {
    if (made.length === 1) throw new BreakerOpen('bank', new Date(Date.now() + 200));
    return 'paid';
  });

  expect(job).toMatchObject({ state: 'completed', attempt: 1, errors: [], result: 'paid' });
  expect(charges).toHaveLength(2);
});

test('a run that is aborted before the call leaves no intent', async () => {
  const aborting = new AbortController();
  const rows = new Map<string, StepRow>();
  const store: StepStore = {
    get: async (name) => rows.get(name),
    async put(name, row) {
      rows.set(name, row);
      aborting.abort('shutdown');
    },
    drop: async (name) => void rows.delete(name),
    checkpoint: async () => undefined,
  };
  const steps = new Steps({
    rootId: 'r',
    attempt: 1,
    worker: 'w',
    signal: aborting.signal,
    now: () => new Date(),
    store,
  });

  await expect(steps.once('charge', () => 'paid')).rejects.toBeInstanceOf(RunAborted);
  expect([...rows]).toEqual([]);
});
