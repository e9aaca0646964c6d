import { type CommandRow, option } from '../command-row.ts';
import { byIds } from '../shared-options.ts';

const onQueue = (verb: string, summary: string): CommandRow => ({
  name: `queues ${verb}`,
  summary,
  method: 'POST',
  path: `/queues/:name/${verb}`,
  takes: { argument: 'name', many: true },
});

/** Queues, their limits and those who work them. */
export const queueCommands: readonly CommandRow[] = [
  {
    name: 'queues list',
    summary: 'Lists the queues',
    method: 'GET',
    path: '/queues',
    columns: ['name', 'ready', 'running', 'later', 'oldestWaitMs', 'paused'],
    lists: 'items',
    isForAll: true,
  },
  { name: 'queues show', summary: 'Shows a queue', method: 'GET', path: '/queues/:name', takes: { argument: 'name' } },
  {
    name: 'queues set',
    summary: 'Changes the settings of a queue',
    method: 'PUT',
    path: '/queues/:name',
    takes: { argument: 'name' },
    body: [
      option('--concurrency <n>', 'runs at once in each process', { reads: 'number' }),
      option('--weight <n>', 'against the other queues of a process', { reads: 'number' }),
      option('--weights <json>', 'of its lanes: {"hi":5,"std":3,"retry":2,"lo":1}', { reads: 'json' }),
      option('--limits <json>', 'the most at once per key', { reads: 'json' }),
    ],
  },
  onQueue('pause', 'Starts nothing more of these queues'),
  onQueue('resume', 'Lets these queues go on'),
  onQueue('drain', 'Works off what waits, then pauses'),
  {
    name: 'queues history',
    summary: 'Shows a metric by the minute, for up to 72 hours',
    method: 'GET',
    path: '/queues/:name/history',
    takes: { argument: 'name' },
    query: [
      option('--metric <metric>', 'completed, failed, started, backlog …', { isRequired: true }),
      option('--from <time>', 'default an hour ago'),
      option('--to <time>', 'default now'),
      option('--step <step>', 'of the points'),
    ],
    columns: ['at', 'value'],
    lists: 'points',
  },
  {
    name: 'limits list',
    summary: 'Lists limits, who holds them and who waits',
    method: 'GET',
    path: '/limits',
    columns: ['key', 'kind', 'max', 'used', 'waiting', 'oldestWaitMs'],
    lists: 'items',
    isForAll: true,
  },
  {
    name: 'workers list',
    summary: 'Lists the processes that perform jobs',
    method: 'GET',
    path: '/workers',
    columns: ['id', 'state', 'host', 'pid', 'version', 'queues', 'slots', 'running', 'updatedAt'],
    lists: 'items',
    isForAll: true,
  },
  {
    name: 'workers quiet',
    summary: 'Lets workers finish and take nothing more',
    method: 'POST',
    path: '/workers/:id/quiet',
    takes: byIds,
  },
  {
    name: 'workers stop',
    summary: 'Lets workers drain and end',
    method: 'POST',
    path: '/workers/:id/stop',
    takes: byIds,
  },
];
