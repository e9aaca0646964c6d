import { z } from 'zod';

/** Where a person looks at what a message is about. */
export const link = z
  .string()
  .nullable()
  .meta({ description: 'The page of the console that shows what it is about, as its path; null for what has none.' });
