import type { Dispatcher } from '../broker/dispatcher.ts';
import type { QueueSettings } from '../operate/queue-settings.ts';
import type { Collections } from '../record/collections.ts';
import type { DatabaseClock } from '../record/database-clock.ts';
import type { GroupCommit } from '../record/group-commit.ts';
import { type JobRecord, RUNNABLE } from '../record/record.ts';
import { crashPoint } from '../runtime/crash-points.ts';
import type { Log } from '../telemetry/log.ts';

const LONGEST_MS = 3_600_000;

/** What whoever rings for a job again has to know. */
export type Ringing = {
  collections: Collections;
  clock: DatabaseClock;
  commit: GroupCommit;
  dispatcher: Dispatcher;
  settings: Pick<QueueSettings, 'of' | 'holdsBack' | 'claimable'>;
  redispatchMs: number;
  log: Log;
};

/** What became of it: the message was taken, its lane had no room, nobody can say, or another replica rings. */
export type Rung = 'taken' | 'refused' | 'unsure' | 'not-ours';

/**
 * Sends the message of a waiting job again, with the same dispatch number so that a late original is a duplicate. Of all replicas one
 * does. When the message is overdue doubles each time. @param now the same for jobs that are rung for together: they share a write.
 */
export async function ring(
  { commit, dispatcher, redispatchMs }: Pick<Ringing, 'commit' | 'dispatcher' | 'redispatchMs'>,
  record: JobRecord,
  now: Date,
): Promise<Rung> {
  const { _id: id, n, dispatches, waitingFor = { $exists: false } } = record;
  const isAt = (times: number) => ({ n, state: { $in: [...RUNNABLE] }, dispatches: times, waitingFor });
  const wakeAt = new Date(now.getTime() + Math.min(redispatchMs * 2 ** dispatches, LONGEST_MS));
  const isOurs = await commit.write({
    id,
    filter: () => isAt(dispatches),
    mark: 'settledBy',
    update: { $set: { wakeAt }, $inc: { dispatches: 1 } },
  });
  if (!isOurs) return 'not-ours';
  crashPoint('sweep.redispatch-written');
  const sent = await dispatcher.send(record);
  if (sent === 'taken') return sent;
  if (sent !== 'refused') return 'unsure';
  // It is as little rung for as before, and is found as such.
  await commit.write({ id, filter: () => isAt(dispatches + 1), update: { $inc: { dispatches: -1 } } });
  return sent;
}
