import type { Collections } from '../record/collections.ts';
import { labelsOf } from '../record/labels.ts';
import type { JobRecord } from '../record/record.ts';

const NAMES = ['order.ship', 'order.pack', 'order.bill', 'mail.send'];
const BATCH = 2_000;

const SINCE = Date.UTC(2020, 0, 1);

/** A waiting job as if it had been commanded, 20 ms after the one before; two share their time of creation. @param since in milliseconds. */
export function rawJob(index: number, change: Partial<JobRecord> = {}, since = SINCE): JobRecord {
  const id = `${index.toString(16).padStart(8, '0')}-0000-7000-8000-000000000000`;
  const at = new Date(since + Math.floor(index / 2) * 20);
  const name = NAMES[index % NAMES.length] ?? '';
  const payload = { orderId: `o${index}`, tenant: `t${index % 50}`, weight: index % 1_000, isRush: index % 7 === 0 };
  const tags = [`user:u${index % 200}`];
  return {
    _id: id,
    name,
    v: 1,
    queue: index % 3 === 0 ? 'orders.slow' : 'orders.main',
    lane: 'std',
    payload,
    state: 'available',
    n: 1,
    attempt: 0,
    maxAttempts: 20,
    failures: {},
    crashes: 0,
    loneCrashes: 0,
    fence: 0,
    nextRunAt: at,
    wakeAt: new Date(Date.UTC(2100, 0)),
    dispatches: 1,
    dispatchedAt: at,
    rootId: id,
    progress: 0,
    message: null,
    meta: {},
    tags,
    labels: labelsOf({ id, name, rootId: id, traceId: `trace${index}`, tags, payload }),
    traceId: `trace${index}`,
    result: null,
    errors: [],
    events: [],
    jobs: [],
    ends: 0,
    reopens: 0,
    createdAt: at,
    updatedAt: at,
    ...change,
  };
}

/** The same job after it has failed, in one of three ways. */
export function rawFailure(index: number, since = SINCE): JobRecord {
  const { wakeAt: _wakeAt, ...job } = rawJob(index, {}, since);
  const way = index % 3;
  const error = { attempt: 1, at: job.createdAt, class: 'Error', code: 'broken', message: `broken in way ${way}` };
  return {
    ...job,
    state: 'failed',
    attempt: 1,
    ends: 1,
    fingerprint: `way${way}`,
    endedAt: new Date(job.createdAt.getTime() + 1_000),
    errors: [error],
    announce: { pending: false, at: job.createdAt },
  };
}

/** Stores records and their journal, without ringing for them. */
export async function storeRaw({ jobs, accepted }: Collections, records: readonly JobRecord[]): Promise<void> {
  for (let index = 0; index < records.length; index += BATCH) {
    const batch = records.slice(index, index + BATCH);
    await jobs.insertMany(batch, { ordered: false });
    await accepted.insertMany(
      batch.map(({ _id, name, createdAt }) => ({ _id, name, at: createdAt })),
      { ordered: false },
    );
  }
}
