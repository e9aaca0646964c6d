import { z } from 'zod';
import { eventContract } from './contract.ts';

/** From the first open dead letter of a cause until there is none: the same over all that is told of it. */
const incident = {
  service: z.string(),
  /** Of the cause, as `/dead-letters` groups by it. */
  fingerprint: z.string(),
  incidentId: z.string(),
  /** The job, or the type of the message or event. */
  name: z.string(),
};

export const deadLettersAppeared = eventContract({
  type: 'dead-letters.appeared',
  summary: 'Dead letters of a cause lie open where none did; those that follow are not told.',
  data: z.object({
    ...incident,
    source: z.enum(['job', 'message', 'event']),
    error: z.object({ code: z.string(), message: z.string() }),
    count: z.int().positive(),
  }),
});

export const deadLettersCleared = eventContract({
  type: 'dead-letters.cleared',
  summary: 'No dead letter of a cause lies open any more: all were replayed, parked, resolved or deleted.',
  data: z.object(incident),
});
