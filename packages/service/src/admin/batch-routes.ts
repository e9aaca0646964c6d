import type { Jobs } from '@millrace/jobs';
import { z } from 'zod';
import { pageOf, pageQuery, paging } from '../paging.ts';
import { accepted } from '../reply.ts';
import { type Route, route } from '../route.ts';
import { jobStates } from './job-resource.ts';

/** Jobs that were commanded together, and how they are related. */
export const batchRoutes = (jobs: Jobs): readonly Route[] => [
  list(jobs),
  show(jobs),
  act('cancel', 'Cancels what has not ended, soon.', (id) => jobs.batches.cancel(id)),
  act('retry-failed', 'Runs the failed members again, soon; the batch is open until they end.', (id) =>
    jobs.batches.retryFailed(id),
  ),
];

const time = z.iso.datetime();
const states = ['open', 'completed', 'partial', 'failed', 'cancelled'] as const;
const fields = {
  id: z.string(),
  name: z.string(),
  state: z
    .enum(states)
    .meta({ description: '`partial`: some did what they were told, others failed or were cancelled.' }),
  total: z.int(),
  completed: z.int(),
  failed: z.int(),
  discarded: z.int(),
  cancelled: z.int(),
  live: z.int().meta({ description: 'Members that have not ended.' }),
  progress: z.number().min(0).max(1),
  round: z.int().meta({ description: 'How often it has ended; a retried member opens it again.' }),
  onEndJobId: z.string().nullable().meta({ description: 'The job that followed its latest end.' }),
  tags: z.array(z.string()),
  meta: z.record(z.string(), z.unknown()),
  createdAt: time,
  endedAt: time.nullable(),
  updatedAt: time,
};
const batch = z.object(fields).meta({ id: 'JobBatch', description: 'Jobs commanded and counted together.' });
const detail = z
  .object({ ...fields, items: z.array(z.object({ id: z.string(), state: z.enum(['live', ...jobStates]) })) })
  .meta({ id: 'JobBatchDetail', description: 'A batch with its members in the order of their commands.' });

const params = z.object({ id: z.string().min(1).max(200) });
const byCreation = paging('job-batches', [
  ['createdAt', -1],
  ['id', -1],
]);

const list = (jobs: Jobs) =>
  route({
    method: 'get',
    path: '/job-batches',
    summary: 'Lists batches, newest first.',
    role: 'viewer',
    query: z.object({
      state: z.enum(states).optional(),
      name: z.string().max(200).optional(),
      tag: z.string().max(200).optional(),
      ...pageQuery,
    }),
    responses: { 200: pageOf(batch) },
    async handle({ query: { limit, cursor, ...filter } }) {
      const [createdAt, id] = byCreation.keysOf(cursor) ?? [];
      const after = id === undefined ? undefined : { createdAt: new Date(String(createdAt)), id: String(id) };
      const { items, next } = await jobs.batches.list(filter, { limit, after });
      const nextCursor = next && byCreation.cursorOf({ createdAt: next.createdAt.toISOString(), id: next.id });
      return { items, nextCursor };
    },
  });

const show = (jobs: Jobs) =>
  route({
    method: 'get',
    path: '/job-batches/:id',
    summary: 'Shows a batch and its members.',
    role: 'viewer',
    params,
    responses: { 200: detail },
    problems: ['batch-not-found'],
    handle: ({ params: { id } }) => jobs.batches.find(id),
  });

const act = (verb: string, summary: string, deed: (id: string) => ReturnType<Jobs['batches']['cancel']>) =>
  route({
    method: 'post',
    path: `/job-batches/:id/${verb}`,
    summary,
    role: 'operator',
    params,
    responses: { 202: { description: 'It has begun.', body: batch } },
    problems: ['batch-not-found'],
    handle: async ({ params: { id } }) => accepted(`/job-batches/${id}`, await deed(id)),
  });
