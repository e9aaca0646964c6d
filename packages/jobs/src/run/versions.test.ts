import { fileURLToPath } from 'node:url';
import { until } from '@millrace/testkit';
import fc from 'fast-check';
import { z } from 'zod';
import type { Contract, JobDefinition } from '../define/define-job.ts';
import { defineJob } from '../define/define-job.ts';
import { done } from '../define/outcome.ts';
import type { JobRecord } from '../record/record.ts';
import type { Jobs } from '../runtime/jobs.ts';
import { jobsWorld, type World } from '../under-test/jobs-under-test.ts';
import { currentPayload } from './ending.ts';
import { newPrice, performedBy, type Release } from './releases-under-test.ts';

const program = fileURLToPath(new URL('releases-under-test.ts', import.meta.url));
const nobody = async () => undefined;
const releaseWorker = (world: World, release: Release) => world.worker({ program, ...({ release } as object) });
const api = (world: World, release: Release): Promise<Jobs> =>
  world.start(performedBy(release, nobody), { role: 'api' });
const ended = async (world: World, count: number) =>
  until(async () => (await world.collections.jobs.countDocuments({ endedAt: { $exists: true } })) === count, {
    withinMs: 30_000,
    message: 'all jobs have ended',
  });
const effects = (world: World) =>
  world.database.collection('effects').find<{ jobId: string; release: Release; cents: number; name: string }>({});

let world: World = {} as World;
beforeEach(async () => {
  world = await jobsWorld();
});
afterEach(() => world.end());

test('old and new workers side by side perform both versions of a job, and what nobody can read is dead', async () => {
  for (const release of ['old', 'new', 'old', 'new'] as const) releaseWorker(world, release);
  const [before, after] = await Promise.all([api(world, 'old'), api(world, 'new')]);
  const each = Array.from({ length: 60 }, (_, index) => index);

  const first = await Promise.all(each.map((euros) => before.command('order.price', { euros })));
  const second = await Promise.all(
    each.map((euros) => after.command('order.price', { cents: euros * 100, currency: 'EUR' })),
  );
  const unknown = await Promise.all(
    each.slice(0, 10).map((cents) => after.command('order.refund', { cents, currency: 'USD' })),
  );
  const letters = [
    { body: Buffer.from('{"jobId":'), type: 'order.price@2', reason: 'body-malformed' },
    { body: { jobId: 'nobody', n: 1 }, type: 'order.burn@1', reason: 'job-unknown' },
    { body: { jobId: 'nobody', n: 1, payload: { cents: -1 } }, type: 'order.price@2', reason: 'payload-invalid' },
    { body: { jobId: 'nobody', n: 1, payload: { cents: 1 } }, type: 'order.price@9', reason: 'payload-invalid' },
  ];
  for (const { body, type } of letters) await world.publish(body, { type });
  await ended(world, 130);
  const dead = await until(async () => {
    const found = await world.collections.deadLetters.find({}).toArray();
    return found.length === letters.length && found;
  });

  const failures = await world.collections.jobs.countDocuments({ state: { $ne: 'completed' } });
  const told = await effects(world).toArray();
  const releaseOf = new Map(told.map(({ jobId, release }) => [jobId, release]));
  const centsOf = new Map(told.map(({ jobId, cents }) => [jobId, cents]));
  const isReasoned = dead.map(({ type, reason }) =>
    letters.some((letter) => letter.type === type && letter.reason === reason),
  );
  process.stdout.write(
    `T20 version skew: failures ${failures} [0], unreadable with a reason ${(100 * isReasoned.filter(Boolean).length) / letters.length} % [100 %]\n`,
  );
  expect(failures).toBe(0);
  expect(isReasoned).toEqual(letters.map(() => true));
  expect(told).toHaveLength(130);
  expect(first.map(({ job }) => centsOf.get(job.id))).toEqual(each.map((euros) => euros * 100));
  expect([...second, ...unknown].map(({ job }) => releaseOf.get(job.id))).toEqual(
    [...second, ...unknown].map(() => 'new'),
  );
  expect((await world.collections.jobs.find({}).toArray()).map(({ attempt }) => attempt)).toEqual(told.map(() => 1));
  await world.untilEmpty();
}, 60_000);

test('a version that no worker knows waits, says what for, and runs as soon as one comes', async () => {
  const old = await world.start(performedBy('old', nobody));
  const after = await api(world, 'new');

  const { job } = await after.command('order.price', { cents: 7, currency: 'USD' });
  const { job: refund } = await after.command('order.refund', { cents: 7, currency: 'USD' });
  const held = await until(async () => {
    const records = await Promise.all([world.record(job.id), world.record(refund.id)]);
    return records.every(({ dispatches }) => dispatches >= 3) && records;
  });
  await expect(old.cancel(job.id)).rejects.toMatchObject({ code: 'job-state-conflict' });
  releaseWorker(world, 'new');
  await ended(world, 2);

  expect(held.map(({ waitingFor, state, attempt, errors }) => ({ waitingFor, state, attempt, errors }))).toEqual([
    { waitingFor: 'version:2', state: 'available', attempt: 0, errors: [] },
    { waitingFor: 'job:order.refund', state: 'available', attempt: 0, errors: [] },
  ]);
  expect(world.logs.filter(({ message }) => message.startsWith('a newer release'))).toHaveLength(2);
  expect(await world.record(job.id)).toMatchObject({ state: 'completed', attempt: 1, events: [{}] });
  expect((await world.record(job.id)).waitingFor).toBeUndefined();
  expect(await world.collections.deadLetters.countDocuments({})).toBe(0);
  expect((await after.ledger()).map(({ imbalance }) => imbalance)).toEqual([0, 0]);
}, 60_000);

test('an old payload run by the new release is its upcast run directly', async () => {
  const euros = fc.integer({ min: 0, max: 1e8 }).map((cents) => ({ euros: cents / 100 }));
  const [definition] = performedBy('new', nobody) as [JobDefinition];
  let runs = 0;
  let errors = 0;

  fc.assert(
    fc.property(euros, (payload) => {
      const upcast = newPrice.upcasts[1]?.(payload as never);
      const asRun = currentPayload({ name: 'order.price', v: 1, payload }, definition);
      const direct = currentPayload({ name: 'order.price', v: 2, payload: upcast }, definition);
      runs++;
      if (JSON.stringify(asRun) !== JSON.stringify(direct) || !asRun.ok) errors++;
      expect(asRun).toEqual(direct);
    }),
  );

  process.stdout.write(`T20 property equivalence: ${errors} errors in ${runs} payloads [0]\n`);
  expect(errors).toBe(0);
});

describe('a schema that transforms', () => {
  const payload = z.object({
    at: z.string().transform((text) => new Date(text)),
    sacks: z.coerce.number().default(2),
    note: z.string().trim().optional(),
  });
  const contract: Contract<typeof payload> = {
    ...(newPrice as unknown as Contract<typeof payload>),
    name: 'order.plan',
    version: 1,
    versions: { 1: payload },
    upcasts: {},
    payload,
  };

  test('takes its own message and its own record', async () => {
    const seen: unknown[] = [];
    const plan = defineJob(contract, {
      unique: { key: ({ at }) => at.toISOString() },
      async run(run) {
        seen.push(run.payload);
        return done();
      },
    });
    const jobs = await world.start([plan as JobDefinition]);

    const { job } = await jobs.enqueue(contract, { at: '2026-01-02T00:00:00Z', note: ' x ' });
    const end = await jobs.waitFor(job.id, 20);

    expect(end).toMatchObject({ state: 'completed', errors: [], payload: { at: '2026-01-02T00:00:00Z' } });
    expect(seen).toEqual([{ at: new Date('2026-01-02T00:00:00Z'), sacks: 2, note: 'x' }]);
    expect((await world.record(job.id)).key).toBe('order.plan:2026-01-02T00:00:00.000Z');
    expect(await world.collections.deadLetters.countDocuments({})).toBe(0);
  });
});

test('a record whose message hides that it is of a newer version runs when its worker comes', async () => {
  await world.start(performedBy('old', nobody));
  const after = await api(world, 'new');
  const { job } = await after.command(
    'order.price',
    { cents: 7, currency: 'USD' },
    { runAt: new Date(Date.now() + 3_600_000) },
  );
  await world.collections.jobs.updateOne({ _id: job.id }, {
    $set: { state: 'available', nextRunAt: new Date(), wakeAt: new Date(Date.now() + 60_000) },
    $unset: { dueAt: '' },
  } as object);

  await world.publish({ jobId: job.id, n: 1 }, { type: 'order.price@1' });
  const waiting = await until(async () => {
    const record: JobRecord = await world.record(job.id);
    return record.waitingFor === 'version:2' && record;
  });

  expect(waiting).toMatchObject({ attempt: 0, errors: [] });
}, 30_000);
