import { type CommandRow, option } from '../command-row.ts';
import { byIds, pagingOptions } from '../shared-options.ts';

/** The books, bulk operations, and telling events again. */
export const ledgerCommands: readonly CommandRow[] = [
  {
    name: 'ledger show',
    summary: 'Balances accepted commands against their ends, per job',
    method: 'GET',
    path: '/ledger',
    columns: ['name', 'accepted', 'succeeded', 'failed', 'discarded', 'cancelled', 'live', 'imbalance'],
    lists: 'items',
    isForAll: true,
  },
  {
    name: 'operations list',
    summary: 'Lists bulk operations, newest first',
    method: 'GET',
    path: '/operations',
    query: pagingOptions,
    columns: ['id', 'kind', 'state', 'total', 'done', 'skipped', 'failed', 'createdAt'],
    lists: 'items',
    isForAll: true,
  },
  {
    name: 'operations cancel',
    summary: 'Stops bulk operations between two pages; what is done stays done',
    method: 'POST',
    path: '/operations/:id/cancel',
    takes: byIds,
  },
  {
    name: 'batches list',
    summary: 'Lists batches of jobs, newest first',
    method: 'GET',
    path: '/job-batches',
    query: [
      option('--state <state>', 'open, completed, partial, failed or cancelled'),
      option('--name <name>', 'of the batch'),
      option('--tag <tag>', 'a tag'),
      ...pagingOptions,
    ],
    columns: ['id', 'name', 'state', 'total', 'completed', 'failed', 'createdAt'],
    lists: 'items',
    isForAll: true,
  },
  {
    name: 'batches show',
    summary: 'Shows a batch and its jobs',
    method: 'GET',
    path: '/job-batches/:id',
    takes: { argument: 'id' },
  },
  {
    name: 'batches cancel',
    summary: 'Cancels what is left of batches',
    method: 'POST',
    path: '/job-batches/:id/cancel',
    takes: byIds,
  },
  {
    name: 'batches retry-failed',
    summary: 'Runs the failed jobs of batches again',
    method: 'POST',
    path: '/job-batches/:id/retry-failed',
    takes: byIds,
  },
  {
    name: 'operations show',
    summary: 'Shows how far a bulk operation is',
    method: 'GET',
    path: '/operations/:id',
    takes: { argument: 'id' },
  },
  {
    name: 'announcements republish',
    summary: 'Tells the events of a time range again, under their old ids',
    method: 'POST',
    path: '/announcements/republish',
    body: [
      option('--from <time>', 'told at or after', { isRequired: true }),
      option('--to <time>', 'told at or before', { isRequired: true }),
      option('--type <type>', 'of the events'),
    ],
  },
];
