import type { Jobs } from '@millrace/jobs';
import { z } from 'zod';
import { pageOf } from '../paging.ts';
import { type Route, route } from '../route.ts';

/** Queues, workers, the ledger, and telling announcements again. */
export const queueRoutes = (jobs: Jobs): readonly Route[] => [
  queues(jobs),
  queue(jobs),
  workers(jobs),
  ledger(jobs),
  republish(jobs),
];

const queueResource = z
  .object({
    name: z.string(),
    ready: z.int().meta({ description: 'Due and not running.' }),
    running: z.int(),
    later: z.int().meta({ description: 'Waiting for their time.' }),
    oldestWaitMs: z.number().nullable(),
    lanes: z
      .record(z.string(), z.int())
      .nullable()
      .meta({ description: 'Messages per lane; null while the broker is away.' }),
    paused: z.boolean(),
    jobs: z.array(z.string()),
  })
  .meta({ id: 'Queue', description: 'A queue.' });

const queues = (jobs: Jobs) =>
  route({
    method: 'get',
    path: '/queues',
    summary: 'Lists the queues of this service.',
    role: 'viewer',
    responses: { 200: pageOf(queueResource) },
    handle: async () => ({ items: await jobs.queues(), nextCursor: null }),
  });

const queue = (jobs: Jobs) =>
  route({
    method: 'get',
    path: '/queues/:name',
    summary: 'Shows a queue.',
    role: 'viewer',
    params: z.object({ name: z.string().min(1).max(200) }),
    responses: { 200: queueResource },
    problems: ['queue-not-found'],
    handle: ({ params }) => jobs.queue(params.name),
  });

const worker = z
  .object({
    id: z.string().meta({ description: 'Made at each start of the process.' }),
    host: z.string(),
    pid: z.int(),
    version: z.string(),
    queues: z.array(z.string()),
    slots: z.int(),
    running: z.array(z.string()).meta({ description: 'Job ids.' }),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime().meta({ description: 'Last heartbeat.' }),
  })
  .meta({ id: 'Worker', description: 'A process that performs jobs.' });

const workers = (jobs: Jobs) =>
  route({
    method: 'get',
    path: '/workers',
    summary: 'Lists the processes that perform jobs.',
    role: 'viewer',
    responses: { 200: pageOf(worker) },
    async handle() {
      const rows = await jobs.workers();
      const items = rows.map(({ _id, startedAt, heartbeatAt, ...row }) => ({
        id: _id,
        ...row,
        createdAt: startedAt,
        updatedAt: heartbeatAt,
      }));
      return { items, nextCursor: null };
    },
  });

const ledgerItem = z
  .object({
    name: z.string(),
    accepted: z.int(),
    succeeded: z.int(),
    failed: z.int(),
    discarded: z.int(),
    cancelled: z.int(),
    live: z.int(),
    unjournalled: z.int(),
    imbalance: z.int().meta({ description: 'Anything but 0 is an alarm.' }),
  })
  .meta({ id: 'LedgerItem', description: 'What was accepted against what became of it.' });

const ledger = (jobs: Jobs) =>
  route({
    method: 'get',
    path: '/ledger',
    summary: 'Balances accepted commands against their ends, per job.',
    role: 'viewer',
    responses: { 200: z.object({ items: z.array(ledgerItem) }).meta({ description: 'One row per job.' }) },
    handle: async () => ({ items: await jobs.ledger() }),
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
