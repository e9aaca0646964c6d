import type { Connection, mongo } from 'mongoose';
import type { BadMessage } from '../broker/envelope.ts';
import type { ErrorEntry, JobRecord } from './record.ts';

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
  /** Of its transactions; absent once somebody has ended it. */
  session?: mongo.ServerSessionId;
};

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
  error?: ErrorEntry;
  times: number;
  at: Date;
  lastAt: Date;
};

export type Collections = {
  jobs: mongo.Collection<JobRecord>;
  accepted: mongo.Collection<AcceptedRow>;
  keys: mongo.Collection<KeyRow>;
  workers: mongo.Collection<WorkerRow>;
  deadLetters: mongo.Collection<DeadLetterRow>;
};

/** The runtime's collections in the owner's database. */
export function collectionsOf(database: Connection): Collections {
  const named = <Row extends mongo.Document>(name: string) =>
    database
      .getClient()
      .db(database.name)
      .collection<Row>(name, { writeConcern: { w: 'majority', journal: true } });
  return {
    jobs: named<JobRecord>('jobs'),
    accepted: named<AcceptedRow>('job_accepted'),
    keys: named<KeyRow>('job_keys'),
    workers: named<WorkerRow>('job_workers'),
    deadLetters: named<DeadLetterRow>('dead_letters'),
  };
}

/** Every query of the runtime has its index here. Safe to call from many replicas at once. */
export async function ensureIndexes({ jobs, accepted, workers, deadLetters }: Collections): Promise<void> {
  // Every index costs each claim and each end about a twentieth of its time, touched or not: so there are three.
  // What a job is searched by for good (name, root, trace, tags, payload) shares one over `labels`, and so does every list by time.
  await jobs.createIndexes([
    { key: { state: 1, queue: 1, nextRunAt: 1 }, name: 'backlog' },
    { key: { labels: 1, createdAt: -1, _id: -1 }, name: 'labels' },
    { key: { 'announce.at': 1 }, name: 'announce', partialFilterExpression: { 'announce.pending': true } },
  ]);
  await accepted.createIndexes([{ key: { name: 1 }, name: 'name' }]);
  await workers.createIndexes([{ key: { heartbeatAt: 1 }, name: 'heartbeat' }]);
  await deadLetters.createIndexes([{ key: { state: 1, fingerprint: 1, lastAt: -1 }, name: 'groups' }]);
}
