import type { JobRecord } from '../record/record.ts';
import { JobsError } from '../runtime/errors.ts';

/** A job is not in a state in which it can be done. @param wish as in `retried`. @param allowed which jobs can be. */
export function conflict({ _id, state }: JobRecord, wish: string, allowed: string): JobsError {
  return new JobsError('job-state-conflict', `job ${_id} is ${state}; only a job that is ${allowed} can be ${wish}`, {
    id: _id,
    state,
  });
}

/** A successor runs after the job that holds its key, and not before. */
export const waitsItsTurn = ({ _id, key }: JobRecord) =>
  new JobsError(
    'job-state-conflict',
    `job ${_id} waits until the job that holds its key ${key} has ended; cancel that one to have this one run`,
    { id: _id, key },
  );
