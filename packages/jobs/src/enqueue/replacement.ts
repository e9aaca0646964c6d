import type { mongo } from 'mongoose';
import { labelsOf } from '../record/labels.ts';
import type { JobRecord } from '../record/record.ts';

/** Who a job is and what it has been through stays, whatever is commanded of it. All else comes from the command. */
const KEPT: ReadonlySet<string> = new Set([
  '_id',
  'name',
  'queue',
  'key',
  'n',
  'fence',
  'attempt',
  'failures',
  'crashes',
  'loneCrashes',
  'settledBy',
  'rootId',
  'parentId',
  'replayedFrom',
  'batch',
  'hadTurn',
  'ends',
  'reopens',
  'progress',
  'message',
  'result',
  'errors',
  'events',
  'jobs',
  'announce',
  'trace',
  'traceId',
  'createdAt',
  'updatedAt',
] satisfies (keyof JobRecord)[]);

const COMING_AND_GOING: readonly (keyof JobRecord)[] = ['dueAt', 'wakeAt', 'waitingFor', 'promised'];

/** The update by which a job that has not begun becomes what a later command asks for; its older messages are void. */
export function replacement(holder: JobRecord, fresh: JobRecord): mongo.UpdateFilter<JobRecord> {
  const isSaid = (field: string) => !KEPT.has(field);
  const said = Object.fromEntries(Object.entries(fresh).filter(([field]) => isSaid(field)));
  // Those that come and go are named, whether this process has seen them or not.
  const known = new Set([...Object.keys(holder), ...COMING_AND_GOING]);
  const gone = [...known].filter((field) => isSaid(field) && !(field in fresh));
  const labels = labelsOf({
    ...holder,
    id: holder._id,
    batchId: holder.batch?.id,
    tags: fresh.tags,
    payload: fresh.payload,
  });
  return {
    $set: { ...said, labels } as Partial<JobRecord>,
    ...(gone.length > 0 && { $unset: Object.fromEntries(gone.map((field) => [field, ''])) }),
    $inc: { n: 1 },
    $currentDate: { updatedAt: true },
  };
}
