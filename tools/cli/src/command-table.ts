import type { CommandRow } from './command-row.ts';
import { deadLetterCommands } from './commands/dead-letters.ts';
import { jobCommands } from './commands/jobs.ts';
import { ledgerCommands } from './commands/ledger.ts';
import { queueCommands } from './commands/queues.ts';
import { scheduleCommands } from './commands/schedules.ts';

/** Everything that is one request. What needs more (bulk, watch) has a file of its own. */
export const commandTable: readonly CommandRow[] = [
  ...jobCommands,
  ...deadLetterCommands,
  ...queueCommands,
  ...scheduleCommands,
  ...ledgerCommands,
];
