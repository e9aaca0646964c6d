import { type CommandRow, option } from '../command-row.ts';
import { byIds, filterOptions, pagingOptions } from '../shared-options.ts';

const times: CommandRow['body'] = [
  option('--run-at <time>', 'not before this time'),
  option('--lane <lane>', 'hi, std or lo'),
  option('--max-attempts <n>', 'attempts in all, 1 to 100', { reads: 'number' }),
];

const jobColumns = ['id', 'name', 'queue', 'state', 'attempt', 'progress', 'createdAt', 'message'];

const onJobs = (verb: string, summary: string): CommandRow => ({
  name: `jobs ${verb}`,
  summary,
  method: 'POST',
  path: `/jobs/:id/${verb}`,
  takes: byIds,
  columns: jobColumns,
});

/** What is asked of jobs and done to them. */
export const jobCommands: readonly CommandRow[] = [
  {
    name: 'jobs list',
    summary: 'Lists jobs, newest first',
    method: 'GET',
    path: '/jobs',
    query: [
      ...filterOptions,
      option('--sort <field>', 'createdAt or scheduledAt, the oldest first; -createdAt (default) or -scheduledAt'),
      ...pagingOptions,
    ],
    columns: jobColumns,
    lists: 'items',
    isForAll: true,
  },
  {
    name: 'jobs counts',
    summary: 'Counts jobs by state, narrowed like the list',
    method: 'GET',
    path: '/jobs/counts',
    query: filterOptions,
    isForAll: true,
  },
  {
    name: 'jobs show',
    summary: 'Shows a job; with --wait, as soon as it has ended or after so many seconds',
    method: 'GET',
    path: '/jobs/:id',
    takes: { argument: 'id' },
    query: [option('--wait <seconds>', 'at most 60', { reads: 'number' })],
  },
  {
    name: 'jobs enqueue',
    summary: 'Commands a job',
    method: 'POST',
    path: '/jobs',
    takes: { argument: 'name' },
    body: [
      option('--payload <json>', 'JSON, @file or - for standard input', { reads: 'json', isRequired: true }),
      option('--id <uuid>', "the command's own id: sent again it is the same job; default a fresh one"),
      ...times,
      option('--tags <tags>', 'comma separated', { reads: 'list' }),
    ],
    columns: ['id', 'name', 'queue', 'state', 'createdAt', 'conflict'],
    wraps: 'job',
  },
  onJobs('cancel', 'Ends waiting jobs, asks running ones to stop; ended ones stay as they are'),
  {
    ...onJobs('retry', 'Runs failed, discarded or cancelled jobs again under their ids'),
    body: [
      option('--resolve <json>', 'what came of steps whose outcome is unknown: {"charge":{"done":true,"value":7}}', {
        reads: 'json',
      }),
    ],
  },
  onJobs('run-now', 'Makes waiting jobs due now'),
  {
    name: 'jobs update',
    summary: 'Changes when and how waiting jobs run; of running ones only the number of attempts',
    method: 'PATCH',
    path: '/jobs/:id',
    takes: byIds,
    body: times,
    columns: jobColumns,
  },
  { name: 'jobs delete', summary: 'Deletes ended jobs', method: 'DELETE', path: '/jobs/:id', takes: byIds },
  {
    name: 'jobs logs',
    summary: 'Shows what a job has logged, oldest first',
    method: 'GET',
    path: '/jobs/:id/logs',
    takes: { argument: 'id' },
    query: [
      option('--attempt <n>', 'of this attempt only', { reads: 'number' }),
      option('--level <level>', 'debug, info, warn or error, and graver ones'),
      ...pagingOptions,
    ],
    columns: ['at', 'attempt', 'level', 'message'],
    lists: 'items',
  },
  {
    name: 'jobs tree',
    summary: 'Shows the ancestors, descendants and replays of a job',
    method: 'GET',
    path: '/jobs/:id/tree',
    takes: { argument: 'id' },
    columns: ['id', 'name', 'state', 'parentId', 'replayedFrom', 'createdAt'],
    lists: 'nodes',
  },
];
