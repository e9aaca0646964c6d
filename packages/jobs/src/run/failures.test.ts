import { done } from '../define/outcome.ts';
import { every, on } from '../define/retry-policy.ts';
import type { JobRecord } from '../record/record.ts';
import { applyUpdate } from '../testing/apply-update.ts';
import { testJob } from '../under-test/test-job.ts';
import { transitionAfter } from './ending.ts';

class Throttled extends Error {}
class Refused extends Error {}
class Odd extends Error {}

const errors = { throttled: new Throttled(), refused: new Refused(), odd: new Odd() };
const maxAttempts = 5;
const definition = testJob('order.ship', async () => done(), {
  retry: [on(Throttled, every(10)), on(Refused, (failures) => failures * 100, { max: 3 })],
});

/** The record after a run that threw this. */
function fails(record: JobRecord, error: Error): { record: JobRecord; delayMs: number | undefined } {
  const now = new Date(0);
  const running = { ...record, attempt: record.attempt + 1, fence: record.fence + 1 };
  const transition = transitionAfter(running, definition, { kind: 'thrown', error }, now);
  const { update } = transition;
  const delayMs = 'nextRunAt' in transition ? transition.nextRunAt.getTime() - now.getTime() : undefined;
  return { record: applyUpdate<JobRecord>(running, update), delayMs };
}

const fresh = {
  _id: 'j1',
  rootId: 'j1',
  name: 'order.ship',
  v: 1,
  payload: {},
  n: 1,
  attempt: 0,
  maxAttempts,
  failures: {},
  fence: 0,
  ends: 0,
  events: [],
  jobs: [],
  errors: [],
} as unknown as JobRecord;

/** Every class alone, at every attempt, and classes that take turns: what the record says after each failure. */
test.each([
  { thrown: ['throttled'], counts: [[1], [2], [3], [4], [4]], delays: [10, 10, 10, 10, undefined] },
  {
    thrown: ['refused'],
    counts: [
      [0, 1],
      [0, 2],
      [0, 2],
    ],
    delays: [100, 200, undefined],
  },
  {
    thrown: ['odd'],
    counts: [
      [0, 0, 1],
      [0, 0, 2],
      [0, 0, 3],
      [0, 0, 4],
      [0, 0, 4],
    ],
    delays: 'growing',
  },
  {
    thrown: ['throttled', 'refused'],
    counts: [[1], [1, 1], [2, 1], [2, 2], [2, 2]],
    delays: [10, 100, 10, 200, undefined],
  },
  {
    thrown: ['refused', 'refused', 'odd', 'refused'],
    counts: [
      [0, 1],
      [0, 2],
      [0, 2, 1],
      [0, 2, 1],
    ],
    delays: [100, 200, expect.any(Number), undefined],
  },
] as const)('failures of $thrown are counted by class until one class or all attempts are spent', (row) => {
  const { thrown, counts } = row;
  let record = fresh;
  const delays: (number | undefined)[] = [];
  const seen: unknown[] = [];
  for (let attempt = 1; record.state !== 'failed'; attempt++) {
    const failed = fails(record, errors[thrown[(attempt - 1) % thrown.length] ?? 'odd']);
    record = failed.record;
    delays.push(failed.delayMs);
    seen.push(record.failures);
  }

  const names = ['Throttled', 'Refused', 'Error'];
  expect(seen).toEqual(
    counts.map((of) =>
      Object.fromEntries(of.map((count, i) => [names[i], count] as const).filter(([, count]) => count)),
    ),
  );
  if (row.delays !== 'growing') expect(delays).toEqual(row.delays);
  expect(record).toMatchObject({ state: 'failed', attempt: counts.length, ends: 1 });
  expect(record.errors.map(({ attempt }) => attempt)).toEqual(counts.map((_, i) => i + 1));
});

test('a run that is held back spends no attempt, counts no failure, and says what it waits for', () => {
  const until = new Date(5_000);
  const running = { ...fresh, attempt: 1, failures: { Throttled: 2 } };
  const { update } = transitionAfter(
    running,
    definition,
    { kind: 'held', until, waitingFor: 'breaker:bank' },
    new Date(0),
  );

  expect(applyUpdate<JobRecord>(running, update)).toMatchObject({
    state: 'snoozed',
    attempt: 0,
    failures: { Throttled: 2 },
    errors: [],
    nextRunAt: until,
    waitingFor: 'breaker:bank',
  });
});
