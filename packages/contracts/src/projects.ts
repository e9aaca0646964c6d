import { z } from 'zod';
import { jobContract } from './contract.ts';

export const cleanImages = jobContract({
  name: 'image.clean',
  queue: 'projects.default',
  summary: 'Removes files of images that nothing refers to for the grace period, also those that were never finished.',
  maxAttempts: 3,
  timeoutMs: 600_000,
  payload: z.object({
    /** A file that was touched since is left alone, whatever it is. */
    graceSeconds: z.int().min(60).default(86_400),
  }),
});
