import { derivedId } from '../runtime/ids.ts';
import { type BatchHead, type BatchItem, type BatchState, leftIn } from './batch-row.ts';

/** A batch as people and programs see it: JSON-ready, times as ISO strings. */
export type BatchView = {
  id: string;
  name: string;
  state: BatchState;
  total: number;
  completed: number;
  failed: number;
  discarded: number;
  cancelled: number;
  /** Members that have not ended. */
  live: number;
  /** 0 to 1. */
  progress: number;
  /** How often it has ended: more than once when failed members were retried. */
  round: number;
  /** The job that followed its latest end; null before the first and without `onEnd`. */
  onEndJobId: string | null;
  tags: string[];
  meta: Record<string, unknown>;
  createdAt: string;
  endedAt: string | null;
  updatedAt: string;
};

/** A batch with its members in the order of their commands. */
export type BatchDetail = BatchView & { items: { id: string; state: BatchItem['state'] }[] };

export function viewOfBatch(head: BatchHead): BatchView {
  const { _id, total, round, onEnd } = head;
  const live = leftIn(head);
  return {
    id: _id,
    name: head.name,
    state: head.state,
    total,
    completed: head.completed,
    failed: head.failed,
    discarded: head.discarded,
    cancelled: head.cancelled,
    live,
    progress: total === 0 ? 1 : (total - live) / total,
    round,
    onEndJobId: onEnd && round > 0 ? onEndId(_id, round) : null,
    tags: head.tags,
    meta: head.meta,
    createdAt: head.createdAt.toISOString(),
    endedAt: head.endedAt?.toISOString() ?? null,
    updatedAt: head.updatedAt.toISOString(),
  };
}

/** Each end of a batch is commanded once: the same end has the same id. */
export const onEndId = (batchId: string, round: number): string => derivedId(`${batchId}:end:${round}`);
