import type { Jobs, OperationView } from '@millrace/jobs';
import { z } from 'zod';
import { pageOf, pageQuery, paging } from '../paging.ts';
import { accepted } from '../reply.ts';
import { type Route, route } from '../route.ts';
import { filterOf, jobFilter } from './job-filter.ts';

/** Deeds on many jobs at once: asked for, looked at, called off. */
export const operationRoutes = (jobs: Jobs): readonly Route[] => [...bulk(jobs), list(jobs), show(jobs), cancel(jobs)];

const time = z.iso.datetime();

/** An operation as every service shows it. */
export const operationResource = z
  .object({
    id: z.string(),
    kind: z.enum(['cancel', 'retry', 'delete', 'replay']),
    filter: z.record(z.string(), z.unknown()),
    before: time,
    total: z.int().meta({ description: 'What the filter found at the start.' }),
    done: z.int(),
    skipped: z.int().meta({ description: 'Needed nothing, or had moved on.' }),
    failed: z.int(),
    progress: z.number().min(0).max(1),
    state: z.enum(['running', 'completed', 'cancelled', 'failed']),
    rate: z.number().nullable(),
    problems: z
      .array(z.object({ id: z.string(), code: z.string(), detail: z.string() }))
      .meta({ description: 'The last twenty that could not be changed.' }),
    error: z.string().nullable(),
    createdBy: z.string().nullable(),
    cancelRequestedAt: time.nullable(),
    createdAt: time,
    startedAt: time.nullable(),
    endedAt: time.nullable(),
    updatedAt: time,
  })
  .meta({ id: 'Operation', description: 'A deed on many jobs.' });

/** 202 with the operation, and where it is to be seen. */
export const operationAccepted = (operation: OperationView) => accepted(`/operations/${operation.id}`, operation);

export const operationRate = z.number().min(1).max(500).meta({ description: 'Items a second.' });

const bulkBody = z.object({
  filter: jobFilter.meta({ description: 'The fields of `GET /jobs`.' }),
  before: z.iso
    .datetime({ offset: true })
    .optional()
    .meta({ description: 'Only jobs created before; default and latest: now.' }),
  expectedCount: z.int().min(0).meta({ description: 'How many the filter finds; another number is refused.' }),
  rate: operationRate.optional(),
});

const verbs = [
  ['cancel', 'operator', 'Cancels every job that a filter finds.'],
  ['retry', 'operator', 'Runs every failed, discarded, cancelled or waiting job that a filter finds.'],
  ['delete', 'admin', 'Deletes every ended job that a filter finds.'],
] as const;

const bulk = (jobs: Jobs): Route[] =>
  verbs.map(([verb, role, summary]) =>
    route({
      method: 'post',
      path: `/jobs/bulk/${verb}`,
      summary,
      role,
      body: bulkBody,
      responses: { 202: operationResource },
      problems: ['count-changed'],
      async handle({ body: { filter, before, ...wish }, user, commandId }) {
        return operationAccepted(
          await jobs.operations.onJobs(verb, filterOf(filter, user), {
            ...wish,
            id: commandId,
            before: before === undefined ? undefined : new Date(before),
            by: user.sub,
          }),
        );
      },
    }),
  );

const newest = paging('operations', [
  ['createdAt', -1],
  ['id', -1],
]);

const list = (jobs: Jobs) =>
  route({
    method: 'get',
    path: '/operations',
    summary: 'Lists operations, newest first.',
    role: 'viewer',
    query: z.object({
      ...pageQuery,
      to: z.iso.datetime({ offset: true }).optional().meta({ description: 'Asked for before or at that time.' }),
    }),
    responses: { 200: pageOf(operationResource) },
    async handle({ query: { limit, cursor, to } }) {
      const [createdAt, id] = newest.keysOf(cursor) ?? [];
      const after = id === undefined ? undefined : { createdAt: new Date(String(createdAt)), id: String(id) };
      const page = { limit: limit + 1, after, to: to === undefined ? undefined : new Date(to) };
      return newest.page(await jobs.operations.list(page), limit, (operation) => operation);
    },
  });

const operationParams = z.object({ id: z.string().min(1).max(200) });

const show = (jobs: Jobs) =>
  route({
    method: 'get',
    path: '/operations/:id',
    summary: 'Shows an operation and how far it is.',
    role: 'viewer',
    params: operationParams,
    responses: { 200: operationResource },
    problems: ['operation-not-found'],
    handle: ({ params }) => jobs.operations.find(params.id),
  });

const cancel = (jobs: Jobs) =>
  route({
    method: 'post',
    path: '/operations/:id/cancel',
    summary: 'Stops an operation between two pages; what is done stays done.',
    role: 'operator',
    params: operationParams,
    responses: { 200: operationResource },
    problems: ['operation-not-found'],
    handle: ({ params }) => jobs.operations.cancel(params.id),
  });
