import type { DeadLetterRow } from '../record/collections.ts';
import { type JobView, viewOf } from '../record/job-view.ts';
import type { JobRecord } from '../record/record.ts';

type Decision = {
  note: string | null;
  /** When and by whom it was parked, resolved or replayed. */
  decidedAt: string | null;
  decidedBy: string | null;
};

/** A failed job, or a message or event as it came. `at`: when it came to rest; `lastAt`: when it did so last. */
export type DeadLetter = Decision &
  (
    | { id: string; source: 'job'; fingerprint: string; state: string; job: JobView; at: string; lastAt: string }
    | ({ id: string; source: 'message' | 'event'; at: string; lastAt: string } & Pick<
        DeadLetterRow,
        | 'fingerprint'
        | 'state'
        | 'reason'
        | 'detail'
        | 'exchange'
        | 'key'
        | 'messageId'
        | 'type'
        | 'body'
        | 'encoding'
        | 'truncated'
        | 'times'
      >)
  );

export function jobLetter(record: JobRecord): DeadLetter {
  const { deadLetter, endedAt, updatedAt } = record;
  const at = (endedAt ?? updatedAt).toISOString();
  return {
    id: record._id,
    source: 'job',
    fingerprint: record.fingerprint ?? '',
    state: deadLetter?.state ?? 'open',
    note: deadLetter?.note ?? null,
    decidedAt: deadLetter?.at.toISOString() ?? null,
    decidedBy: deadLetter?.by ?? null,
    job: viewOf(record),
    at,
    lastAt: at,
  };
}

export function messageLetter({
  _id,
  at,
  lastAt,
  note,
  decidedAt,
  decidedBy,
  error: _error,
  ...row
}: DeadLetterRow): DeadLetter {
  return {
    ...row,
    id: _id,
    note: note ?? null,
    decidedAt: decidedAt?.toISOString() ?? null,
    decidedBy: decidedBy ?? null,
    at: at.toISOString(),
    lastAt: lastAt.toISOString(),
  };
}
