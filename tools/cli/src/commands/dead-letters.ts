import { type CommandRow, type OptionRow, option } from '../command-row.ts';
import { byIds, pagingOptions } from '../shared-options.ts';

const note: readonly OptionRow[] = [option('--note <text>', 'why', { isRequired: true })];

/** Failed jobs, and messages that nobody could handle. */
export const deadLetterCommands: readonly CommandRow[] = [
  {
    name: 'dead-letters list',
    summary: 'Groups dead letters by what they died of',
    method: 'GET',
    path: '/dead-letters',
    query: [option('--state <state>', 'open (default), parked or resolved')],
    columns: ['fingerprint', 'source', 'name', 'code', 'count', 'lastAt', 'message'],
    lists: 'items',
    isForAll: true,
  },
  {
    name: 'dead-letters show',
    summary: 'Lists the letters of a group, newest first',
    method: 'GET',
    path: '/dead-letters/:fingerprint',
    takes: { argument: 'fingerprint' },
    query: [option('--state <state>', 'open, parked or resolved; default open and parked'), ...pagingOptions],
    columns: ['id', 'source', 'state', 'at', 'note'],
    lists: 'items',
  },
  {
    name: 'dead-letters replay',
    summary: 'Runs a dead letter again, with another payload if one is given',
    method: 'POST',
    path: '/dead-letters/:id/replay',
    takes: byIds,
    body: [
      option('--payload <json>', 'JSON, @file or - for standard input', { reads: 'json' }),
      option('--version <n>', 'of the payload; an older one is brought up', { reads: 'number' }),
      option('--dry-run', 'rehearse it and show what it would do', { reads: 'flag' }),
    ],
  },
  {
    name: 'dead-letters bulk-replay',
    summary: 'Has every open dead letter of a filter run again, as one operation',
    method: 'POST',
    path: '/dead-letters/replay',
    body: [
      option('--fingerprint <id>', 'of this group', { within: 'filter' }),
      option('--name <name>', 'of the job or message', { within: 'filter' }),
      option('--source <source>', 'job, message or event', { within: 'filter' }),
      option('--before <time>', 'only what died before; default now'),
      option('--expected-count <n>', 'refuse when another number of letters matches', { reads: 'number' }),
      option('--rate <n>', 'letters a second, 1 to 500; default 50', { reads: 'number' }),
    ],
  },
  {
    name: 'dead-letters resolve',
    summary: 'Closes dead letters with a note',
    method: 'POST',
    path: '/dead-letters/:id/resolve',
    takes: byIds,
    body: note,
    columns: ['id', 'source', 'state', 'at', 'note'],
  },
  {
    name: 'dead-letters park',
    summary: 'Sets dead letters aside with a note',
    method: 'POST',
    path: '/dead-letters/:id/park',
    takes: byIds,
    body: note,
    columns: ['id', 'source', 'state', 'at', 'note'],
  },
  {
    name: 'dead-letters delete',
    summary: 'Deletes dead letters for good',
    method: 'DELETE',
    path: '/dead-letters/:id',
    takes: byIds,
  },
];
