import { type CommandRow, option } from '../command-row.ts';
import { byIds, byNames } from '../shared-options.ts';

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
    summary: 'Changes the settings of a queue; what is not named stays',
    method: 'PUT',
    path: '/queues/:name',
    takes: { argument: 'name' },
    body: [
      option('--concurrency <n>', 'runs at once in each process, 1 to 1000', { reads: 'number' }),
      option('--weight <n>', 'against the other queues of a process, 0.01 to 1000', { reads: 'number' }),
      option('--weights <json>', 'of its lanes: {"hi":5,"std":3,"retry":2,"lo":1}', { reads: 'json' }),
      option('--limits <json>', 'limits that hold instead of the declared ones, by name or key: {"provider":2}', {
        reads: 'json',
      }),
    ],
  },
  onQueue('pause', 'Starts nothing more of these queues'),
  onQueue('resume', 'Lets these queues go on'),
  onQueue('drain', 'Works off what was accepted until now, then pauses; later jobs wait'),
  {
    name: 'queues history',
    summary: 'Shows a metric by the minute; ten days are kept',
    method: 'GET',
    path: '/queues/:name/history',
    takes: { argument: 'name' },
    query: [
      option(
        '--metric <metric>',
        'enqueued, started, completed, failed, discarded, cancelled, retried, snoozed, waitMs, waitMsMax, runMs, runMsMax, backlog, or ended (default): the four ends together',
      ),
      option('--from <time>', 'default an hour before --to'),
      option('--to <time>', 'default now'),
      option('--step <seconds>', 'between two points, whole minutes from 60 to 259200; default 60', {
        reads: 'number',
      }),
    ],
    columns: ['at', 'value'],
    lists: 'points',
  },
  {
    name: 'limits list',
    summary: 'Lists the limits, rates and turns that jobs have met lately',
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
    name: 'workers resize',
    summary: 'Changes how many jobs workers run at once, until they end',
    method: 'POST',
    path: '/workers/:id/resize',
    takes: byIds,
    body: [option('--slots <n>', 'runs at once, 1 to 1000', { reads: 'number', isRequired: true })],
  },
  {
    name: 'breakers list',
    summary: 'Lists the breakers of dependencies',
    method: 'GET',
    path: '/breakers',
    lists: 'items',
    isForAll: true,
  },
  {
    name: 'breakers open',
    summary: 'Keeps calls from dependencies until they are closed again; jobs that need them wait',
    method: 'POST',
    path: '/breakers/:name/open',
    takes: byNames,
  },
  {
    name: 'breakers close',
    summary: 'Lets calls of dependencies through again',
    method: 'POST',
    path: '/breakers/:name/close',
    takes: byNames,
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
    summary: 'Lets workers end what runs and then themselves; whoever keeps them alive starts them again',
    method: 'POST',
    path: '/workers/:id/stop',
    takes: byIds,
  },
];
