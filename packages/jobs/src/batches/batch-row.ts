import type { Lane } from '../define/define-job.ts';
import type { CommandDraft } from '../define/outcome.ts';
import type { TerminalState, TraceContext } from '../record/record.ts';

/** `partial`: some members did what they were told, and some failed or were cancelled. */
export type BatchState = 'open' | 'completed' | 'partial' | 'failed' | 'cancelled';

export type BatchItem = {
  id: string;
  state: 'live' | TerminalState;
  /** Of the member's ends, the one that this state comes from: older news changes nothing. */
  ends: number;
};

/** A member as it was commanded, kept until all of them are enqueued. */
export type BatchCommand = {
  name: string;
  payload: unknown;
  lane?: Lane;
  runAt?: Date;
  maxAttempts?: number;
  tags?: readonly string[];
};

export type BatchCounts = { total: number } & Record<TerminalState, number>;

/** Jobs that were commanded together and are counted together. One document, so that state and counts cannot differ. */
export type BatchRow = BatchCounts & {
  _id: string;
  name: string;
  state: BatchState;
  items: BatchItem[];
  commands?: BatchCommand[];
  onEnd?: CommandDraft;
  /** How often the batch has ended; a retried member opens it again. */
  round: number;
  /** The end of this round is not commanded yet. */
  owes?: true;
  /** What a person wants of all members and not all have heard. */
  wish?: { kind: 'cancel' | 'retry-failed'; at: Date };
  /** When a sweep looks after this batch; absent once nothing is left to do. */
  dueAt?: Date;
  tags: string[];
  meta: Record<string, unknown>;
  trace?: TraceContext;
  createdAt: Date;
  endedAt?: Date;
  updatedAt: Date;
};

/** All but the members: what most questions need. */
export type BatchHead = Omit<BatchRow, 'items' | 'commands'>;

/** Members that have not ended. */
export const leftIn = ({ total, completed, failed, discarded, cancelled }: BatchCounts): number =>
  total - completed - failed - discarded - cancelled;

/** How a batch has ended whose members all have. One without members has done all that it was told. */
export function endStateOf({ completed, failed, cancelled }: BatchCounts): Exclude<BatchState, 'open'> {
  if (failed + cancelled === 0) return 'completed';
  if (completed > 0) return 'partial';
  return failed > 0 ? 'failed' : 'cancelled';
}
