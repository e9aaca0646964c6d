import type { JobRecord } from '../record/record.ts';
import { stepOfField } from './step-names.ts';

/** A step of a job, in the order in which they were written. `ms` is null for a call that was begun and has no receipt. */
export type StepView = { name: string; at: string; attempt: number; ms: number | null };

export const viewOfSteps = (steps: NonNullable<JobRecord['steps']>): StepView[] =>
  Object.entries(steps)
    .map(([field, { at, attempt, ms = null }]) => ({
      name: stepOfField(field),
      at: at.toISOString(),
      attempt,
      ms,
    }))
    .toSorted((one, other) => Date.parse(one.at) - Date.parse(other.at));
