import type { Jobs } from '@millrace/jobs';
import { z } from 'zod';
import { pageOf, pageQuery, paging } from '../paging.ts';
import { route } from '../route.ts';
import { type FindJob, jobParams } from './job-resource.ts';

const levels = ['debug', 'info', 'warn', 'error'] as const;

const line = z
  .object({
    id: z.string(),
    attempt: z.int(),
    at: z.iso.datetime(),
    level: z.enum(levels),
    message: z.string(),
    fields: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'JobLogLine', description: 'A line that a job has logged.' });

const inOrder = paging('job-logs', [['id', 1]]);

/** What a job has logged, for whoever may see the job. */
export const jobLogRoute = (jobs: Jobs, find: FindJob) =>
  route({
    method: 'get',
    path: '/jobs/:id/logs',
    summary: 'Lists what a job has logged, oldest first; at most 1,000 lines of a job are kept.',
    role: 'any',
    params: jobParams,
    query: z.object({
      attempt: z
        .string()
        .regex(/^\d{1,4}$/, 'must be a whole number')
        .transform(Number)
        .optional(),
      level: z.enum(levels).optional().meta({ description: 'This level and graver ones.' }),
      ...pageQuery,
    }),
    responses: { 200: pageOf(line) },
    problems: ['job-not-found'],
    async handle({ params, query: { attempt, level, limit, cursor }, user }) {
      const [after] = inOrder.keysOf(cursor) ?? [];
      await find(params.id, user);
      const { items, next } = await jobs.logs(params.id, {
        attempt,
        level,
        limit,
        after: after === undefined ? undefined : String(after),
      });
      return { items, nextCursor: next === null ? null : inOrder.cursorOf({ id: next }) };
    },
  });
