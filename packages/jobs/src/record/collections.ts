import type { Connection, mongo } from 'mongoose';
import type { BatchRow } from '../batches/batch-row.ts';
import type { BadMessage } from '../broker/envelope.ts';
import type { LogLevel } from '../define/run-tools.ts';
import type { ArchiveRow, TotalRow } from '../ledger/archive-rows.ts';
import type { GateRow, SlotRow, WaiterRow } from '../limits/gate-row.ts';
import type { OperationRow } from '../operations/operation.ts';
import type { ScheduleRow } from '../schedules/schedule-row.ts';
import type { QueueMinuteRow, QueueSettingsRow } from './queue-rows.ts';
import type { ErrorEntry, JobRecord, StepRow } from './record.ts';

/** An accepted command, journalled apart from its record: the independent half of the ledger. */
export type AcceptedRow = { _id: string; name: string; at: Date };
/** A lock row: whoever inserted it first holds the key. */
export type KeyRow = { _id: string; jobId: string; at: Date; until: Date };
/** A process that performs jobs, by its per-boot id. */
export type WorkerRow = {
  _id: string;
  host: string;
  pid: number;
  version: string;
  queues: string[];
  slots: number;
  running: string[];
  startedAt: Date;
  heartbeatAt: Date;
  /** What it says of itself. */
  state?: 'running' | 'quiet' | 'stopping';
  /** What a person wants of it, heard at its next heartbeat. */
  wish?: 'quiet' | 'stop';
  wishedSlots?: number;
  /** Of its transactions; absent once somebody has ended it. */
  session?: mongo.ServerSessionId;
};

/** A version that came in the place of another; numbered, so that of several processes one writes it down. */
export type VersionRow = { _id: number; version: string; at: Date };

/** A message that no record stands for, or an event that could not be handled. */
export type DeadLetterRow = {
  _id: string;
  source: 'message' | 'event';
  reason: BadMessage | string;
  detail: string;
  exchange: string;
  key: string;
  messageId: string;
  type: string;
  /** UTF-8 where it is, else base64. At most 4 MiB are kept. */
  body: string;
  encoding: 'utf8' | 'base64';
  truncated: boolean;
  fingerprint: string;
  state: 'open' | 'parked' | 'resolved' | 'replayed';
  note?: string;
  decidedAt?: Date;
  decidedBy?: string;
  error?: ErrorEntry;
  times: number;
  at: Date;
  lastAt: Date;
};

/** A receipt that is too large for its job's record, or one too many: `<rootId>:<step>`. */
export type StepApartRow = StepRow & { _id: string; jobId: string; fence: number };
/** A line of a job's own log: `<jobId>:<fence>:<number>`, so that the ids of a job are in the order of its lines. */
export type LogRow = {
  _id: string;
  jobId: string;
  attempt: number;
  at: Date;
  level: LogLevel;
  message: string;
  /** JSON text of an object. */
  fields?: string;
};
/** A breaker: `<dependency>` or `<dependency>:<key>`. */
export type BreakerRow = {
  _id: string;
  state: 'closed' | 'open' | 'half-open';
  /** When the last failures were, the latest last. */
  failures: Date[];
  /** Openings since it was last closed. */
  openings: number;
  /** Absent while it is closed, or held open until a person closes it. */
  openUntil?: Date;
  /** Who may call while it is half open, and until when nobody else. */
  probe?: { jobId: string; token: string; until: Date };
  /** Calls a second before it opened, by one process. */
  callsPerSecond: number;
  createdAt: Date;
  changedAt: Date;
  /** The person who has opened or closed it last. */
  changedBy?: string;
};

export type Collections = {
  totals: mongo.Collection<TotalRow>;
  archives: mongo.Collection<ArchiveRow>;
  batches: mongo.Collection<BatchRow>;
  schedules: mongo.Collection<ScheduleRow>;
  jobs: mongo.Collection<JobRecord>;
  accepted: mongo.Collection<AcceptedRow>;
  keys: mongo.Collection<KeyRow>;
  workers: mongo.Collection<WorkerRow>;
  deadLetters: mongo.Collection<DeadLetterRow>;
  queueSettings: mongo.Collection<QueueSettingsRow>;
  queueMinutes: mongo.Collection<QueueMinuteRow>;
  gates: mongo.Collection<GateRow>;
  slots: mongo.Collection<SlotRow>;
  waiters: mongo.Collection<WaiterRow>;
  steps: mongo.Collection<StepApartRow>;
  logs: mongo.Collection<LogRow>;
  breakers: mongo.Collection<BreakerRow>;
  operations: mongo.Collection<OperationRow>;
  versions: mongo.Collection<VersionRow>;
};

/** The runtime's collections in the owner's database. */
export function collectionsOf(database: Connection): Collections {
  const named = <Row extends mongo.Document>(name: string) =>
    database
      .getClient()
      .db(database.name)
      .collection<Row>(name, { writeConcern: { w: 'majority', journal: true } });
  return {
    totals: named<TotalRow>('job_totals'),
    archives: named<ArchiveRow>('job_archives'),
    batches: named<BatchRow>('job_batches'),
    schedules: named<ScheduleRow>('schedules'),
    jobs: named<JobRecord>('jobs'),
    accepted: named<AcceptedRow>('job_accepted'),
    keys: named<KeyRow>('job_keys'),
    workers: named<WorkerRow>('job_workers'),
    deadLetters: named<DeadLetterRow>('dead_letters'),
    queueSettings: named<QueueSettingsRow>('queue_settings'),
    queueMinutes: named<QueueMinuteRow>('queue_minutes'),
    gates: named<GateRow>('job_gates'),
    slots: named<SlotRow>('job_slots'),
    waiters: named<WaiterRow>('job_waiters'),
    steps: named<StepApartRow>('job_steps'),
    logs: named<LogRow>('job_logs'),
    breakers: named<BreakerRow>('job_breakers'),
    operations: named<OperationRow>('job_operations'),
    versions: named<VersionRow>('job_versions'),
  };
}

/** Every query of the runtime has its index here. Safe to call from many replicas at once. */
export async function ensureIndexes({
  jobs,
  batches,
  slots,
  waiters,
  accepted,
  workers,
  queueMinutes,
  deadLetters,
  steps,
  logs,
  operations,
}: Collections): Promise<void> {
  // Every index costs each claim and each end about a twentieth of its time, touched or not: so there are three.
  // What a job is searched by for good (name, root, trace, tags, payload) shares one over `labels`, and so does every list by time.
  await jobs.createIndexes([
    { key: { state: 1, queue: 1, nextRunAt: 1 }, name: 'backlog' },
    { key: { labels: 1, createdAt: -1, _id: -1 }, name: 'labels' },
    { key: { 'announce.at': 1 }, name: 'announce', partialFilterExpression: { 'announce.pending': true } },
  ]);
  await batches.createIndexes([
    { key: { createdAt: -1, _id: -1 }, name: 'newest' },
    { key: { dueAt: 1 }, name: 'due', partialFilterExpression: { dueAt: { $exists: true } } },
  ]);
  await accepted.createIndexes([{ key: { name: 1 }, name: 'name' }]);
  await workers.createIndexes([{ key: { heartbeatAt: 1 }, name: 'heartbeat' }]);
  await slots.createIndexes([
    { key: { gate: 1 }, name: 'gate' },
    { key: { jobId: 1 }, name: 'job' },
    { key: { until: 1 }, name: 'until' },
  ]);
  await waiters.createIndexes([{ key: { gate: 1, tenant: 1, rank: 1, at: 1, _id: 1 }, name: 'turn' }]);
  await deadLetters.createIndexes([
    { key: { state: 1, fingerprint: 1, lastAt: -1 }, name: 'groups' },
    { key: { state: 1, reason: 1, type: 1 }, name: 'reasons' },
  ]);
  await operations.createIndexes([
    { key: { state: 1, createdAt: 1 }, name: 'running' },
    { key: { createdAt: -1, _id: -1 }, name: 'newest' },
  ]);
  await steps.createIndexes([{ key: { jobId: 1 }, name: 'job' }]);
  await logs.createIndexes([{ key: { jobId: 1, _id: 1 }, name: 'job' }]);
  await queueMinutes.createIndexes([{ key: { at: 1 }, name: 'age' }]);
}
