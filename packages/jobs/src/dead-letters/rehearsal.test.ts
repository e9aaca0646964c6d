import { until } from '@millrace/testkit';
import { z } from 'zod';
import { done, fail } from '../define/outcome.ts';
import { TERMINAL } from '../record/record.ts';
import type { Jobs } from '../runtime/jobs.ts';
import { jobsWorld, type World } from '../under-test/jobs-under-test.ts';
import { testJob } from '../under-test/test-job.ts';

let world: World;
beforeEach(async () => {
  world = await jobsWorld();
});
afterEach(() => world.end());

const old = z.object({ order: z.int() });
const payload = z.object({ order: z.int(), shop: z.string() });
const contract = {
  payload,
  version: 2,
  versions: { 1: old, 2: payload },
  upcasts: { 1: ({ order }: { order: number }) => ({ order, shop: 'north' }) },
};
type Order = { order: number; shop: string };

/** Pays, then fails for want of a truck, unless the shop is the south; every effect is counted. */
const shipping = (effects: string[], rehearse?: object) => {
  const definition = testJob(
    'order.ship',
    async ({ payload: given, step, once, log, progress, checkpoint }) => {
      const { shop } = given as Order;
      log.info('paying');
      progress(0.5, 'half way');
      const receipt = await step('pay', async () => effects.push('pay'));
      if (shop === 'north') return fail({ code: 'no-truck', message: 'no truck in the north' });
      await checkpoint({ at: 1 });
      const number = await once('hand over', async () => effects.push('hand over'));
      return done({ result: { receipt, number }, events: [{ type: 'order.shipped', version: 1, data: { shop } }] });
    },
    {
      contract: contract as never,
      onEnd: (_job, end) => ({ jobs: [{ name: 'order.tell', payload: { state: end.state } }] }),
    },
  );
  return rehearse ? { ...definition, rehearse } : definition;
};
const telling = testJob('order.tell', async () => done());
/** The failed job, once what follows it has ended, too. */
async function failed(jobs: Jobs) {
  const { job } = await jobs.enqueue({ name: 'order.ship' }, { order: 1, shop: 'north' });
  const dead = await jobs.waitFor(job.id, 10);
  const unfinished = { $or: [{ state: { $nin: [...TERMINAL] } }, { 'announce.pending': true }] };
  await until(async () => (await world.collections.jobs.countDocuments(unfinished)) === 0, {
    withinMs: 10_000,
    message: 'all is told and done',
  });
  return dead;
}
const stored = async () => JSON.stringify(await world.collections.jobs.find({}).sort({ _id: 1 }).toArray());

test('an edited replay is rehearsed: every effect is noted and none is applied', async () => {
  const effects: string[] = [];
  const jobs = await world.start([shipping(effects, { answers: { pay: 7, 'hand over': 8 } }), telling]);
  const dead = await failed(jobs);
  const before = await stored();

  const rehearsal = await jobs.deadLetters.rehearse(dead.id, { payload: { order: 1, shop: 'south' } });

  expect(rehearsal).toEqual({
    valid: true,
    rehearsed: true,
    payload: { order: 1, shop: 'south' },
    diff: [{ path: 'shop', from: 'north', to: 'south' }],
    outcome: { kind: 'done', result: { receipt: 7, number: 8 } },
    effects: [
      { kind: 'log', name: 'info', detail: 'paying' },
      { kind: 'progress', name: 'half way', detail: 0.5 },
      { kind: 'step', name: 'pay' },
      { kind: 'checkpoint', name: 'cursor', detail: { at: 1 } },
      { kind: 'once', name: 'hand over' },
      { kind: 'event', name: 'order.shipped', detail: { shop: 'south' } },
      { kind: 'job', name: 'order.tell', detail: { state: 'completed' } },
    ],
  });
  expect(effects).toEqual(['pay']);
  expect(await stored()).toBe(before);
});

test('a rehearsal of the job as it is gets its receipts back, and ends as it would', async () => {
  const effects: string[] = [];
  const jobs = await world.start([shipping(effects, {}), telling]);
  const dead = await failed(jobs);

  const rehearsal = await jobs.deadLetters.rehearse(dead.id);

  expect(rehearsal).toMatchObject({ valid: true, diff: [], outcome: { kind: 'fail', failure: { code: 'no-truck' } } });
  expect(rehearsal.effects.map(({ kind }) => kind)).toEqual(['log', 'progress', 'job']);
  expect(effects).toEqual(['pay']);
});

test('a rehearsal ends where nobody knows what a step answers', async () => {
  const effects: string[] = [];
  const jobs = await world.start([shipping(effects, { answers: { pay: 7 } }), telling]);
  const dead = await failed(jobs);

  const rehearsal = await jobs.deadLetters.rehearse(dead.id, { payload: { order: 1, shop: 'south' } });

  expect(rehearsal.outcome).toBeUndefined();
  expect(rehearsal.why).toMatch(/hand over/);
  expect(rehearsal.effects.at(-1)).toEqual({ kind: 'once', name: 'hand over' });
  expect(effects).toEqual(['pay']);
});

test('a job that does not say how it is rehearsed is not run, and its payload is checked all the same', async () => {
  const effects: string[] = [];
  const jobs = await world.start([shipping(effects), telling]);
  const dead = await failed(jobs);

  expect(await jobs.deadLetters.rehearse(dead.id)).toEqual({
    valid: true,
    rehearsed: false,
    payload: { order: 1, shop: 'north' },
    diff: [],
    effects: [],
    why: expect.stringMatching(/order\.ship does not say/),
  });
  await expect(jobs.deadLetters.rehearse(dead.id, { payload: { order: 'x' } })).rejects.toMatchObject({
    code: 'payload-invalid',
  });
  expect(effects).toEqual(['pay']);
});

test('a payload of an older version is brought up before it is shown and replayed', async () => {
  const jobs = await world.start([shipping([]), telling]);
  const dead = await failed(jobs);
  const edit = { payload: { order: 9 }, version: 1 };

  const shown = await jobs.deadLetters.rehearse(dead.id, edit);
  const { job } = await jobs.deadLetters.replay(dead.id, { ...edit, by: 'ann' });

  expect(shown.payload).toEqual({ order: 9, shop: 'north' });
  expect(job).toMatchObject({ version: 2, payload: { order: 9, shop: 'north' }, replayedFrom: dead.id });
  expect((await world.record(dead.id)).deadLetter).toMatchObject({ state: 'replayed', by: 'ann' });
  await expect(jobs.deadLetters.replay(dead.id, { ...edit, version: 3 })).rejects.toMatchObject({
    code: 'payload-invalid',
  });
});

test('letters are listed by what was decided about them, page by page', async () => {
  const jobs = await world.start([shipping([]), telling]);
  const dead = await Promise.all(Array.from({ length: 5 }, () => failed(jobs)));
  const fingerprint = dead[0]?.fingerprint ?? '';
  await jobs.deadLetters.decide(dead[0]?.id ?? '', 'parked', 'ask Ann', 'bob');
  await jobs.deadLetters.decide(dead[1]?.id ?? '', 'resolved', 'by hand', 'bob');

  const seen: string[] = [];
  for (let after: { lastAt: Date; id: string } | undefined; ; ) {
    const [letter] = await jobs.deadLetters.members(fingerprint, { state: 'open', limit: 1, ...(after && { after }) });
    if (!letter) break;
    seen.push(letter.id);
    after = { lastAt: new Date(letter.lastAt), id: letter.id };
  }

  expect(seen.toSorted()).toEqual(
    dead
      .slice(2)
      .map(({ id }) => id)
      .toSorted(),
  );
  expect(await jobs.deadLetters.members(fingerprint, { state: 'parked' })).toMatchObject([
    { id: dead[0]?.id, note: 'ask Ann', decidedBy: 'bob' },
  ]);
  const counts = async (state: 'open' | 'parked' | 'resolved') =>
    (await jobs.deadLetters.groups(state)).map(({ count }) => count);
  expect([await counts('open'), await counts('parked'), await counts('resolved')]).toEqual([[3], [1], [1]]);
});

test('a replay of dead letters is an operation over failed jobs and messages alike', async () => {
  const effects: string[] = [];
  const jobs = await world.start([shipping(effects), telling]);
  const dead = await failed(jobs);
  await jobs.bury({
    source: 'message',
    reason: 'record-missing',
    detail: 'gone',
    exchange: 'x',
    key: 'k',
    messageId: 'm1',
    type: 'order.ship@1',
    body: Buffer.from(JSON.stringify({ jobId: 'gone', n: 1, payload: { order: 5 } })),
  });

  const asked = await jobs.operations.replay({ name: 'order.ship' }, { rate: 500, expectedCount: 2, by: 'ann' });
  const operation = await until(async () => {
    const found = await jobs.operations.find(asked.id);
    return found.state !== 'running' && found;
  });

  expect(operation).toMatchObject({ kind: 'replay', state: 'completed', total: 2, done: 2, failed: 0 });
  expect(await jobs.waitFor(dead.id, 10)).toMatchObject({ state: 'failed' });
  expect((await world.record(dead.id)).reopens).toBe(1);
  expect(await world.collections.deadLetters.findOne({ messageId: 'm1' })).toMatchObject({ state: 'replayed' });
});
