import { z } from 'zod';
import { type Contract, defineJob, type JobDefinition } from '../define/define-job.ts';
import { cancel, discard, done, fail, type Outcome, snooze } from '../define/outcome.ts';
import { every, on } from '../define/retry-policy.ts';
import type { JobRecord } from '../record/record.ts';
import { currentPayload, endWith, type RunResult, transitionAfter } from './ending.ts';

const payload = z.object({ order: z.int() });
const contract: Contract<typeof payload> = {
  name: 'order.ship',
  queue: 'orders.main',
  summary: '',
  version: 2,
  versions: { 1: z.object({ id: z.int() }), 2: payload },
  upcasts: { 1: (({ id }: { id: number }) => ({ order: id })) as never },
  payload,
  maxAttempts: 3,
  timeoutMs: 1_000,
  lane: 'std',
};
const definition = (code: Partial<Parameters<typeof defineJob<typeof payload>>[1]> = {}) =>
  defineJob(contract, { run: async () => done(), ...code }) as JobDefinition;
const now = new Date('2030-01-01T00:00:00Z');
const record = (changes: Partial<JobRecord> = {}): JobRecord =>
  ({
    _id: 'j1',
    rootId: 'root',
    name: 'order.ship',
    v: 2,
    payload: { order: 7 },
    n: 4,
    attempt: 2,
    maxAttempts: 3,
    failures: {},
    crashes: 0,
    ends: 0,
    reopens: 0,
    events: [],
    jobs: [],
    ...changes,
  }) as JobRecord;
const outcome = (value: Outcome): RunResult => ({ kind: 'outcome', outcome: value });
const drafts = {
  events: [{ type: 'order.shipped', version: 1, data: {} }],
  jobs: [{ name: 'order.pack', payload: { box: 1 } }],
};

test.each([
  { returned: done({ result: 5 }), state: 'completed', result: 5 },
  { returned: fail({ code: 'gone', message: 'no order' }), state: 'failed', result: null },
  { returned: discard('empty'), state: 'discarded', result: null },
  { returned: cancel('unwanted'), state: 'cancelled', result: null },
])('$returned.kind ends the job as $state and keeps it from waking', ({ returned, state, result }) => {
  const { to, update } = transitionAfter(record(), definition(), outcome(returned), now);

  expect(to).toBe(state);
  expect(update.$set).toMatchObject({ state, result });
  expect(update.$unset).toEqual({ lease: '', wakeAt: '', dueAt: '', waitingFor: '', announce: '' });
  expect(update.$inc).toEqual({ ends: 1 });
});

test.each([
  { what: 'a snooze', result: outcome(snooze(5_000)), to: 'snoozed', delayMs: 5_000, inc: { n: 1, attempt: -1 } },
  {
    what: 'a snooze into the past',
    result: outcome(snooze(-1)),
    to: 'snoozed',
    delayMs: 0,
    inc: { n: 1, attempt: -1 },
  },
  {
    what: 'a shutdown',
    result: { kind: 'released' } as const,
    to: 'available',
    delayMs: 0,
    inc: { n: 1, attempt: -1 },
  },
  {
    what: 'a throw',
    result: { kind: 'thrown', error: new RangeError('odd') } as const,
    to: 'retryable',
    delayMs: 700,
    inc: { n: 1, 'failures.RangeError': 1 },
  },
])('after $what the job waits under a new dispatch number', ({ result, to, delayMs, inc }) => {
  const transition = transitionAfter(record(), definition({ retry: [on(RangeError, every(700))] }), result, now);

  expect(transition).toMatchObject({ to, n: 5, nextRunAt: new Date(now.getTime() + delayMs) });
  expect(transition.update.$inc).toEqual(inc);
});

test('a rerun of the same end repeats the ids of its announcements and follow-ups, whoever runs it', () => {
  const ids = (changes: Partial<JobRecord>) => {
    const end = transitionAfter(record(changes), definition({ onEnd: () => drafts }), outcome(done(drafts)), now);
    if (!('events' in end)) throw new Error('no end');
    return [...end.events, ...end.jobs].map(({ id }) => id);
  };

  expect(ids({})).toEqual(ids({ _id: 'j2', attempt: 9, fence: 7 }));
  expect(ids({})[0]).toBe('root:1:0');
  expect(new Set([...ids({}), ...ids({ ends: 1 }), ...ids({ rootId: 'other' })]).size).toBe(12);
});

test('what a reopened job still owes is told with its next end', () => {
  const owed = { id: 'root:1:0', type: 'order.lost', version: 1, data: {}, at: now };
  const end = endWith(
    record({ ends: 1, reopens: 1, events: [owed], announce: { pending: true, at: now } }),
    definition(),
    { state: 'completed', result: null },
    now,
    drafts,
  );

  expect('events' in end && end.events.map(({ id }) => id)).toEqual(['root:1:0', 'root:2:0']);
});

test('failures that differ in ids and numbers alone have one fingerprint', () => {
  const print = (message: string, changes: Partial<JobRecord> = {}) =>
    transitionAfter(record(changes), definition(), outcome(fail({ code: 'gone', message })), now).update.$set[
      'fingerprint'
    ];

  expect(print('order 7 of 0b8f5c3e-1111-4222-8333-444455556666 is gone')).toBe(
    print('order 12 of 9b8f5c3e-1111-4222-8333-444455556666 is gone'),
  );
  expect(print('order 7 is gone')).not.toBe(print('order 7 is late'));
  expect(print('order 7 is gone')).not.toBe(print('order 7 is gone', { name: 'order.pack' }));
});

test('code of the service that throws ends the job instead of keeping it', () => {
  const broken = () => {
    throw new Error('broken');
  };
  const afterEnd = transitionAfter(record(), definition({ onEnd: broken }), outcome(done()), now);

  expect(afterEnd).toMatchObject({
    to: 'failed',
    failure: { code: 'on-end-failed', message: 'broken' },
    events: [],
    jobs: [],
  });
});

test('payloads of older versions are brought up to date, and what cannot be is said', () => {
  expect(currentPayload(record({ v: 1, payload: { id: 7 } }), definition())).toEqual({ ok: true, value: { order: 7 } });
  expect(currentPayload(record({ v: 3 }), definition())).toMatchObject({
    ok: false,
    detail: expect.stringContaining('newer'),
  });
  expect(currentPayload(record({ payload: {} }), definition())).toMatchObject({
    ok: false,
    detail: expect.stringContaining('order'),
  });
  expect(currentPayload(record({ v: 1, payload: null }), definition())).toMatchObject({
    ok: false,
    detail: expect.stringContaining('upcast failed'),
  });
});
