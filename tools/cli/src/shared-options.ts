import { type OptionRow, option } from './command-row.ts';

/** What a list of jobs can be narrowed by. */
export const filterOptions: readonly OptionRow[] = [
  option(
    '--state <states>',
    'one or more, comma separated: scheduled, available, executing, retryable, snoozed, completed, failed, discarded, cancelled',
  ),
  option('--name <name>', 'of the job'),
  option('--queue <queue>', 'of the job'),
  option('--arg <path=value>', 'a field of the payload; may be given again', { reads: 'pairs' }),
  option('--tag <tag>', 'a tag'),
  option('--trace <id>', 'a trace id'),
  option('--root <id>', 'the root of the family'),
  option('--fingerprint <id>', 'of its error'),
  option('--from <time>', 'created at or after'),
  option('--to <time>', 'created at or before'),
  option('--q <text>', 'a job id, or the beginning of a name'),
];

export const pagingOptions: readonly OptionRow[] = [
  option('--limit <n>', 'items on a page, 1 to 1000; default 50', { reads: 'number' }),
  option('--cursor <cursor>', 'the nextCursor of the page before'),
];

/** Ids are sent one after the other. */
export const byIds = { argument: 'id', many: true } as const;
export const byNames = { argument: 'name', many: true } as const;
