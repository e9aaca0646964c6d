import { type CommandRow, option } from '../command-row.ts';

/** The books, bulk operations, and telling events again. */
export const ledgerCommands: readonly CommandRow[] = [
  {
    name: 'ledger show',
    summary: 'Balances accepted commands against their ends',
    method: 'GET',
    path: '/ledger',
    columns: ['name', 'accepted', 'succeeded', 'failed', 'discarded', 'cancelled', 'live', 'imbalance'],
    lists: 'items',
    isForAll: true,
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
