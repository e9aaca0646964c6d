import { until } from '@millrace/testkit';
import type { Run } from '../define/define-job.ts';
import { done, snooze } from '../define/outcome.ts';
import { every, on } from '../define/retry-policy.ts';
import { derivedId } from '../runtime/ids.ts';
import type { Jobs } from '../runtime/jobs.ts';
import { jobsWorld, type World } from '../under-test/jobs-under-test.ts';
import { testJob } from '../under-test/test-job.ts';
import { LeaseLost } from './step-errors.ts';

let world: World;
let jobs: Jobs | undefined;

type Handler = Parameters<typeof testJob>[1];

beforeEach(async () => {
  world = await jobsWorld();
});
afterEach(() => world.end());

/** Performs one job by this handler; errors are tried again at once. */
async function perform(handler: Handler, { payload = {}, states = ['completed', 'failed'] } = {}) {
  jobs = await world.start([
    testJob('order.ship', handler, { retry: [on(Error, every(0))], contract: { maxAttempts: 5 } }),
  ]);
  const { job } = await jobs.command('order.ship', payload);
  return until(
    async () => {
      const found = await jobs?.find(job.id);
      return found && states.includes(found.state) ? found : undefined;
    },
    { withinMs: 20_000, message: `the job is ${states}` },
  );
}

test('a rerun gets the receipts of the steps that were done, and does the others', async () => {
  const calls: string[] = [];
  const seen: unknown[] = [];

  const job = await perform(async ({ step, attempt }) => {
    seen.push(await step('one', () => calls.push('one') && { at: new Date(0), list: [1, 2] }));
    await step('two', async () => {
      calls.push('two');
      if (attempt < 3) throw new Error('not yet');
    });
    return done();
  });

  expect(job).toMatchObject({ state: 'completed', attempt: 3 });
  expect(calls).toEqual(['one', 'two', 'two', 'two']);
  expect(seen).toEqual(Array(3).fill({ at: '1970-01-01T00:00:00.000Z', list: [1, 2] }));
  expect(job.steps).toEqual([
    { name: 'one', at: expect.any(String), attempt: 1, ms: expect.any(Number) },
    { name: 'two', at: expect.any(String), attempt: 3, ms: expect.any(Number) },
  ]);
});

test('receipts outlive a snooze and an end by error', async () => {
  const calls: string[] = [];
  let fails = true;
  const job = await perform(
    async ({ step, cursor, checkpoint }) => {
      const first = await step('one', () => calls.push('one'));
      if (cursor === undefined) {
        await checkpoint('slept');
        return snooze(0);
      }
      if (fails) throw new Error('broken');
      return done({ result: { first, cursor } });
    },
    { states: ['failed'] },
  );
  fails = false;
  await jobs?.retry(job.id);

  expect(await jobs?.waitFor(job.id, 10)).toMatchObject({ state: 'completed', result: { first: 1, cursor: 'slept' } });
  expect(calls).toEqual(['one']);
});

test('a step carries the same id and key in every run, made of root and name', async () => {
  const tools: unknown[] = [];

  const job = await perform(async ({ step, attempt }) => {
    await step('pay', ({ id, key }) => {
      tools.push({ id, key });
      if (attempt === 1) throw new Error('once more');
    });
    return done();
  });

  const key = `${job.rootId}:pay`;
  expect(tools).toEqual([
    { id: derivedId(key), key },
    { id: derivedId(key), key },
  ]);
});

test('the same name twice in one run is one step, and a step that failed may be tried again', async () => {
  let calls = 0;
  const count = async () => {
    calls++;
    if (calls === 1) throw new Error('at first');
    return calls;
  };

  const job = await perform(async ({ step }) => {
    await step('count', count).catch(() => undefined);
    return done({ result: await Promise.all([step('count', count), step('count', count)]) });
  });

  expect([job.attempt, job.result, calls]).toEqual([1, [2, 2], 2]);
});

test('names may hold what means something to the database', async () => {
  const names = ['a.b', '$set', 'a.$b%2E', '__proto__', '0', 'ä 1/2', 'x'.repeat(100)];
  const calls: string[] = [];

  const job = await perform(async ({ step, attempt }) => {
    const doing = names.map((name) =>
      step(name, () => {
        calls.push(name);
        return { [name]: name };
      }),
    );
    const values = await Promise.all(doing);
    if (attempt === 1) throw new Error('once more');
    return done({ result: values.map((value) => Object.keys(value)[0] ?? '') });
  });

  expect(calls).toEqual(names);
  expect(job.result).toEqual(names);
  expect(new Set(job.steps?.map(({ name }) => name))).toEqual(new Set(names));
});

test('more than a hundred receipts and large ones stand apart and are found again', async () => {
  const large = 'x'.repeat(60_000);
  let calls = 0;
  const counted = <Value>(value: Value) => {
    calls++;
    return value;
  };

  const job = await perform(async ({ step, attempt }) => {
    const big = await step('big', () => counted(large));
    const numbers: number[] = [];
    for (let i = 0; i < 120; i++) numbers.push(await step(`n${i}`, () => counted(i)));
    if (attempt === 1) throw new Error('once more');
    return done({ result: [big.length, numbers.reduce((sum, n) => sum + n, 0)] });
  });
  const { steps = {} } = await world.record(job.id);

  expect(job).toMatchObject({ state: 'completed', attempt: 2, result: [60_000, 7_140] });
  expect(calls).toBe(121);
  expect(Object.keys(steps)).toHaveLength(100);
  expect(JSON.stringify(steps).length).toBeLessThan(100 * 4_096);
  expect(await world.collections.steps.countDocuments({ jobId: job.id })).toBe(22);

  await jobs?.remove(job.id);
  expect(await world.collections.steps.countDocuments({})).toBe(0);
});

test.each([
  { what: 'more than 64 KiB', value: 'x'.repeat(65_536), says: 'at most 65536 are allowed' },
  { what: 'a circle', value: circle(), says: 'is no JSON' },
])('a value of $what fails the attempt and says so', async ({ value, says }) => {
  const job = await perform(async ({ step }) => {
    await step('one', () => value as string);
    return done();
  });

  expect(job).toMatchObject({ state: 'failed', attempt: 5 });
  expect(job.errors.at(-1)?.message).toContain(says);
});

test.each(['', 'x'.repeat(101)])('a step named %j is refused', async (name) => {
  const job = await perform(async ({ step }) => {
    await step(name, () => 1);
    return done();
  });

  expect(job.errors.at(-1)?.message).toContain('1 to 100 characters');
});

test('a run that has lost its job stores no receipt, is aborted, and begins no further step', async () => {
  const lost: unknown[] = [];
  let effects = 0;

  const job = await perform(async ({ step, jobId, signal, attempt }) => {
    if (attempt > 1 || effects > 0) return done({ result: await step('one', () => 'second') });
    await world.collections.jobs.updateOne({ _id: jobId }, { $inc: { fence: 1 }, $set: { 'lease.owner': 'another' } });
    lost.push(await step('one', () => 'first').catch((error: unknown) => error instanceof LeaseLost));
    lost.push(signal.reason);
    effects++;
    lost.push(await step('two', () => effects++).catch((error: Error) => error.name));
    return done({ result: 'zombie' });
  });

  expect(lost).toEqual([true, 'lease-lost', 'RunAborted']);
  expect([effects, job.result]).toEqual([1, 'second']);
});

test('an edited replay has the same root and no receipts', async () => {
  const calls: string[] = [];
  const handler: Handler = async ({ step, payload }: Run<Record<string, unknown>>) => {
    await step('one', () => void calls.push(String(payload['way'])));
    await step('large', () => 'x'.repeat(10_000));
    if (payload['way'] === 'first') throw new Error('broken');
    return done();
  };
  const failed = await perform(handler, { payload: { way: 'first' }, states: ['failed'] });

  const { job } = (await jobs?.deadLetters.replay(failed.id, { payload: { way: 'second' } })) ?? {};
  const replayed = await jobs?.waitFor(job?.id ?? '', 10);

  expect(replayed).toMatchObject({ state: 'completed', rootId: failed.id, replayedFrom: failed.id });
  expect(calls).toEqual(['first', 'second']);
});

test('a job without steps has none in its record', async () => {
  const job = await perform(async () => done());

  expect(job).not.toHaveProperty('steps');
  expect(await world.record(job.id)).not.toHaveProperty('steps');
});

function circle(): unknown {
  const one: { self?: unknown } = {};
  one.self = one;
  return one;
}
