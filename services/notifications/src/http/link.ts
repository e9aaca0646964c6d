import { z } from 'zod';
import type { Action } from '../domain/action.ts';

/** Where a person looks at what a message is about. */
export const link = z
  .string()
  .nullable()
  .meta({ description: 'The page of the console that shows what it is about, as its path; null for what has none.' });

/** What a person can do there at once. */
export const actions = z.array(z.object({ name: z.string(), label: z.string(), link: z.string() })).meta({
  description:
    'What can be done about it at once: each leads to that page with the question asked, as a path of the console, and does nothing by being opened.',
});

/** Entries of former releases have none. */
export const shownActions = (offered: readonly Action[] = []): Action[] => offered.map((action) => ({ ...action }));
