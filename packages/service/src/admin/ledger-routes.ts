import type { Jobs } from '@millrace/jobs';
import { z } from 'zod';
import { pageOf, paging, wholeListQuery } from '../paging.ts';
import { type Route, route } from '../route.ts';

/** The ledger, and telling announcements again. */
export const ledgerRoutes = (jobs: Jobs): readonly Route[] => [ledger(jobs), republish(jobs)];

const ledgerItem = z
  .object({
    name: z.string(),
    accepted: z.int(),
    succeeded: z.int(),
    failed: z.int(),
    discarded: z.int(),
    cancelled: z.int(),
    live: z.int(),
    archived: z.int().meta({ description: 'Of these, ended jobs that are only counted any more.' }),
    unjournalled: z.int(),
    imbalance: z.int().meta({ description: 'Anything but 0 is an alarm.' }),
  })
  .meta({ id: 'LedgerItem', description: 'What was accepted against what became of it.' });

const byName = paging('ledger', [['name', 1]]);

const ledger = (jobs: Jobs) =>
  route({
    method: 'get',
    path: '/ledger',
    summary: 'Balances accepted commands against their ends, per job.',
    role: 'viewer',
    query: z.object(wholeListQuery),
    responses: { 200: pageOf(ledgerItem) },
    handle: async ({ query }) => byName.pageOfAll(await jobs.ledger(), query),
  });

const republish = (jobs: Jobs) =>
  route({
    method: 'post',
    path: '/announcements/republish',
    summary: 'Tells the events of a time range again, under their old ids.',
    role: 'operator',
    body: z.object({
      from: z.iso.datetime({ offset: true }),
      to: z.iso.datetime({ offset: true }),
      type: z.string().max(200).optional(),
    }),
    responses: { 202: z.object({ jobs: z.int() }).meta({ description: 'Of how many jobs it will be told again.' }) },
    handle: async ({ body: { from, to, type } }) => ({
      jobs: await jobs.republish({ from: new Date(from), to: new Date(to), type }),
    }),
  });
