import type { JobDefinition } from '../define/define-job.ts';
import type { Enqueuer } from '../enqueue/enqueuer.ts';
import type { JobActions } from '../operate/job-actions.ts';
import type { Collections } from '../record/collections.ts';
import type { DatabaseClock } from '../record/database-clock.ts';
import type { Log } from '../telemetry/log.ts';
import { BatchCare } from './batch-care.ts';
import { BatchDesk } from './batch-desk.ts';
import { Batches } from './batches.ts';
import { Tally } from './tally.ts';

export type BatchRoom = { readonly batches: Batches; readonly care: BatchCare; readonly desk: BatchDesk };

/** Everything about batches, joined. */
export function batchRoom(parts: {
  collections: Collections;
  definitions: ReadonlyMap<string, JobDefinition>;
  enqueuer: Enqueuer;
  actions: JobActions;
  clock: DatabaseClock;
  log: Log;
}): BatchRoom {
  const tally = new Tally(parts.collections);
  const batches = new Batches({ ...parts, tally });
  const care = new BatchCare({ ...parts, batches, tally });
  return { batches, care, desk: new BatchDesk({ ...parts, care }) };
}
