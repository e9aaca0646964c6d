import { type Dispatcher, QUARANTINE_CRASHES } from '../broker/dispatcher.ts';
import type { JobDefinition } from '../define/define-job.ts';
import type { Tally } from '../operate/tally.ts';
import type { Collections } from '../record/collections.ts';
import type { DatabaseClock } from '../record/database-clock.ts';
import { SUSPECT } from '../record/labels.ts';
import type { JobRecord } from '../record/record.ts';
import { pushError, waitAgain } from '../run/ending.ts';
import type { Settled, Settler } from '../run/settle.ts';
import { missingFor } from '../run/strangers.ts';
import { crashPoint } from '../runtime/crash-points.ts';
import type { Log } from '../telemetry/log.ts';
import type { Announcer } from './announcer.ts';
import { presentOwners } from './presence.ts';

const BATCH = 200;
/** A job that kills a process which has nothing else in hand so often is poison. */
const POISON_CRASHES = 3;

type Parts = {
  collections: Collections;
  definitions: ReadonlyMap<string, JobDefinition>;
  clock: DatabaseClock;
  settler: Settler;
  dispatcher: Dispatcher;
  announcer: Announcer;
  tally: Tally;
  leaseMs: number;
  log: Log;
};

/**
 * Takes expired leases; nobody else does. A crash spends no attempt. Does nothing until the database has answered for
 * one full lease, because after its outage the leases of living runs look expired too.
 */
export async function sweepLeases(parts: Parts): Promise<void> {
  const { collections, clock, leaseMs } = parts;
  if (clock.answeringForMs() < leaseMs) return;
  const expired = await collections.jobs
    .find({ state: 'executing', 'lease.renewedAt': { $lt: new Date(clock.now().getTime() - leaseMs) } })
    .limit(BATCH)
    .toArray();
  if (expired.length === 0) return;
  const owners = expired.map(({ lease }) => lease?.owner ?? '');
  const present = await presentOwners(collections, owners, clock.now(), leaseMs);
  await Promise.all(expired.map((record) => rescue(parts, record, !present.has(record.lease?.owner ?? ''))));
}

async function rescue(parts: Parts, record: JobRecord, isCrash: boolean): Promise<void> {
  const settled = await takeFrom(parts, record, isCrash);
  if (!settled) return;
  crashPoint('sweep.lease-taken');
  parts.tally.count('rescued', record);
  parts.log.warn(
    { jobId: record._id, job: record.name, owner: record.lease?.owner, isCrash, state: settled.record.state },
    'lease expired',
  );
  if ('events' in settled.transition) {
    parts.tally.count(settled.transition.to, record, settled.transition.failure?.code);
    await parts.announcer.tell(settled.record);
  } else {
    await parts.dispatcher.dispatch(settled.record);
  }
}

/** The renewal time in the filter makes a heartbeat that comes in between win. */
function takeFrom({ definitions, settler, clock }: Parts, record: JobRecord, isCrash: boolean): Promise<Settled> {
  const unrenewed = { 'lease.renewedAt': record.lease?.renewedAt };
  const definition = definitions.get(record.name);
  // What follows the end is for a release to say that knows the payload; until then the job is only rescued.
  const isForeign = missingFor(record, definition)?.startsWith('version:');
  if (record.cancelRequestedAt && !isForeign)
    return settler.end(record, definition, { state: 'cancelled', why: 'cancelled while it ran' }, unrenewed);
  const loneCrashes = record.loneCrashes + (isCrash && record.lease?.alone ? 1 : 0);
  if (loneCrashes >= POISON_CRASHES && !isForeign)
    return settler.end(record, definition, { state: 'failed', failure: poison(record, loneCrashes) }, unrenewed);
  const crash = isCrash ? { crashes: 1, ...(record.lease?.alone && { loneCrashes: 1 }) } : {};
  const entry = {
    attempt: record.attempt,
    at: clock.now(),
    class: 'WorkerLost',
    code: isCrash ? 'worker-died' : 'lease-lost',
    message: isCrash
      ? 'the process that ran this job has died'
      : 'the process that ran this job did not renew its lease in time',
  };
  const isSuspect = isCrash && record.crashes + 1 >= QUARANTINE_CRASHES;
  const again = waitAgain(record, 'available', clock.now(), {
    ...pushError(entry),
    $inc: { attempt: -1, ...crash },
    ...(isSuspect && { $addToSet: { labels: SUSPECT } }),
  });
  return settler.again(record, again, unrenewed);
}

function poison(record: JobRecord, loneCrashes: number) {
  return {
    code: 'poison',
    message: `job ${record.name} has killed ${record.crashes + 1} processes, ${loneCrashes} of them while it was alone in quarantine`,
    remedy: `look at what it does to its process (it is quarantined from ${QUARANTINE_CRASHES} crashes on), then retry it`,
  };
}
