import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { done, snooze } from '../define/outcome.ts';
import { every, on } from '../define/retry-policy.ts';
import { testJob } from '../under-test/test-job.ts';
import { assertLedger } from './assert-ledger.ts';
import { drain } from './drain.ts';
import { inlineJobs } from './inline-jobs.ts';

const ship = { name: 'order.ship' };
const midnight = new Date('2026-01-01T00:00:00Z');

test('nothing runs before it is drained, and a drain counts where its runs have led', async () => {
  let runs = 0;
  const jobs = inlineJobs({
    definitions: [
      testJob('order.ship', async ({ attempt }) => {
        runs++;
        if (attempt === 1) throw new Error('again');
        return done();
      }),
      testJob('order.pack', async () => done(), { contract: { queue: 'orders.pack' } }),
    ],
  });

  await jobs.enqueue(ship, {});
  await jobs.enqueue({ name: 'order.pack' }, {});
  const before = runs;
  const ofPack = await jobs.drain('orders.pack');
  const rest = await jobs.drain();

  expect({ before, runs }).toEqual({ before: 0, runs: 1 });
  expect(ofPack).toMatchObject({ completed: 1, retryable: 0 });
  expect(rest).toMatchObject({ completed: 0, retryable: 1 });
});

test('retries and snoozes wait for the clock and for nothing else', async () => {
  const jobs = inlineJobs({
    now: midnight,
    definitions: [
      testJob(
        'order.ship',
        async ({ attempt, cursor, checkpoint }) => {
          if (attempt === 1) throw new RangeError('again');
          if (cursor) return done();
          await checkpoint('asleep');
          return snooze(86_400_000);
        },
        { retry: [on(RangeError, every(60_000))] },
      ),
    ],
  });

  const { job } = await jobs.enqueue(ship, {});
  const states = [];
  for (const ms of [0, 59_999, 1, 86_399_999, 1]) {
    await jobs.pass(ms);
    states.push((await jobs.find(job.id)).state);
  }

  expect(states).toEqual(['retryable', 'retryable', 'snoozed', 'snoozed', 'completed']);
  expect(jobs.clock.now()).toEqual(new Date('2026-01-02T00:01:00Z'));
});

test('schedules tick while time goes by, and misfire when it is skipped', async () => {
  const policy = { timeZone: null, misfire: 'once', payload: {}, lane: null, graceMs: null } as const;
  const hourly = { name: 'hourly', job: 'order.ship', policy: { ...policy, cron: '0 * * * *' } };
  const jobs = inlineJobs({
    now: midnight,
    definitions: [testJob('order.ship', async () => done())],
    schedules: [hourly],
  });
  const ids = async () => (await jobs.list({}, { limit: 50, sort: 'asc' })).items.map(({ id }) => id);

  await jobs.pass(3 * 3_600_000);
  const onTime = await ids();
  jobs.clock.advance(5 * 3_600_000 + 1_800_000);
  await jobs.drain();

  const tick = (hour: string) => `cron:hourly:2026-01-01T${hour}:00:00.000Z`;
  expect(onTime).toEqual(['01', '02', '03'].map(tick));
  // By default of an outage only the latest tick is made up for.
  expect(await ids()).toEqual(['01', '02', '03', '08'].map(tick));
});

test('what JSON does not carry is missing here too', async () => {
  const seen: unknown[] = [];
  const jobs = inlineJobs({
    definitions: [
      testJob('order.ship', async ({ payload }) => {
        seen.push(payload);
        return done({ result: { at: midnight, gone: undefined } });
      }),
      testJob('order.loop', async () => {
        const loop: Record<string, unknown> = {};
        loop['self'] = loop;
        return done({ result: loop });
      }),
    ],
  });

  const { job } = await jobs.enqueue(ship, { at: midnight, gone: undefined });
  const { job: loop } = await jobs.enqueue({ name: 'order.loop' }, {});
  await jobs.drain();

  expect(seen).toEqual([{ at: '2026-01-01T00:00:00.000Z' }]);
  expect((await jobs.find(job.id)).result).toEqual({ at: '2026-01-01T00:00:00.000Z' });
  expect(await jobs.find(loop.id)).toMatchObject({ state: 'failed', errors: [{ code: 'end-not-storable' }] });
});

test('a job that is due again at once for ever is found out', async () => {
  const jobs = inlineJobs({ definitions: [testJob('order.ship', async () => snooze(0))] });

  await jobs.enqueue(ship, {});

  await expect(jobs.drain()).rejects.toThrow('job order.ship is due again and again');
});

test('a ledger that does not balance is told row by row', async () => {
  const row = { name: 'order.ship', accepted: 2, succeeded: 1, failed: 0, discarded: 0, cancelled: 0, live: 0 };
  const ledger = async () => [
    { ...row, archived: 0, unjournalled: 0, imbalance: 1 },
    { ...row, name: 'order.pack', archived: 0, unjournalled: 0, imbalance: 0 },
  ];

  await expect(assertLedger({ ledger })).rejects.toMatchObject({
    name: 'LedgerImbalance',
    message: expect.stringContaining('order.ship: accepted 2, succeeded 1'),
    rows: [{ name: 'order.ship' }],
  });
  await assertLedger(inlineJobs({ definitions: [] }));
});

test('a queue that is not drained in time says what is left', async () => {
  const busy = { queue: async () => ({ ready: 3, running: 1 }) } as unknown as Parameters<typeof drain>[0];

  await expect(drain(busy, 'orders.main', { withinMs: 60 })).rejects.toThrow('3 due, 1 running');
});

test('the test kit loads neither a driver of the database nor one of the broker', async () => {
  const entry = new URL('index.ts', import.meta.url).href;
  const program = `
    import { registerHooks } from 'node:module';
    const drivers = new Set();
    registerHooks({ resolve(specifier, context, next) {
      if (/^(mongoose|mongodb|amqplib)(\\/|$)/.test(specifier)) drivers.add(specifier);
      return next(specifier, context);
    } });
    await import(${JSON.stringify(entry)});
    process.stdout.write(JSON.stringify([...drivers]));`;

  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program]);

  expect(JSON.parse(stdout)).toEqual([]);
});
