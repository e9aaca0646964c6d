/**
 * Every place between enqueue and archive where a process can die with one thing done and the next not yet, in the
 * order in which a job comes by. Each stands in the code exactly once (a test counts); a new await there gets a name here.
 */
export const CRASH_POINTS = [
  'tick.decided',
  'tick.enqueued',
  'enqueue.checked',
  'enqueue.key-taken',
  'enqueue.key-stolen',
  'enqueue.record-written',
  'enqueue.journalled',
  'enqueue.session-record-written',
  'enqueue.session-journalled',
  'dispatch.unpublished',
  'dispatch.published',
  'claim.unwritten',
  'claim.written',
  'claim.read',
  'gate.queued-up',
  'gate.slots-taken',
  'gate.waiter-written',
  'gate.held-back',
  'gate.called',
  'gate.slots-freed',
  'commit.transaction-begun',
  'commit.bulk-written',
  'commit.committed',
  'commit.plainly-written',
  'run.unstarted',
  'run.returned',
  'run.left',
  'step.done',
  'step.written',
  'step.fenced-written',
  'step.apart-written',
  'heartbeat.written',
  'heartbeat.wishes-read',
  'end.written',
  'wait.written',
  'wait.dispatched',
  'successor.key-taken',
  'successor.promoted',
  'successor.left-its-place',
  'tell.follow-up-enqueued',
  'tell.unannounced',
  'tell.announced',
  'tell.cleared',
  'cancel.waiting-ended',
  'cancel.wished',
  'retry.key-retaken',
  'retry.written',
  'remove.unjournalled',
  'sweep.lease-taken',
  'sweep.redispatch-written',
  'sweep.release-written',
  'sweep.missing-rung',
  'sweep.sessions-ended',
  'batch.written',
  'batch.chunk-enqueued',
  'batch.member-counted',
  'batch.closed',
  'batch.end-commanded',
  'batch.wish-granted',
  'operation.taken',
  'operation.page-done',
  'archive.chosen',
  'archive.marked',
  'archive.counted',
  'archive.totalled',
  'archive.leftovers-deleted',
  'archive.unjournalled',
  'archive.deleted',
  'dead.letter-written',
  'dead.buried',
] as const;

export type CrashPoint = (typeof CRASH_POINTS)[number];

let listener: ((point: CrashPoint) => void) | undefined;

/** Says that the process has come here. Costs one comparison while nobody listens. */
export function crashPoint(point: CrashPoint): void {
  listener?.(point);
}

/** Calls back at every crash point that this process comes by; `undefined` ends it. For tests. */
export function onCrashPoint(hear: ((point: CrashPoint) => void) | undefined): void {
  listener = hear;
}
