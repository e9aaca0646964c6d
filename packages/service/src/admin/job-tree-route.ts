import type { Jobs } from '@millrace/jobs';
import { z } from 'zod';
import { type Route, route } from '../route.ts';
import { type FindJob, jobParams, jobStates } from './job-resource.ts';

const time = z.iso.datetime();

const tree = z
  .object({
    root: z.string().meta({ description: 'The first ancestor that is left.' }),
    nodes: z
      .array(
        z.object({
          id: z.string(),
          name: z.string(),
          state: z.enum(jobStates),
          parentId: z.string().nullable().meta({ description: 'The job whose end commanded it.' }),
          replayedFrom: z.string().nullable().meta({ description: 'The job that it repeats with another payload.' }),
          batchId: z.string().optional(),
          createdAt: time,
          endedAt: time.nullable(),
          traceId: z.string().nullable(),
        }),
      )
      .meta({ description: 'Oldest first.' }),
    truncated: z.boolean().meta({ description: 'There are more than 500.' }),
  })
  .meta({ id: 'JobTree', description: 'The family of a job.' });

/** Whoever may see a job may see where it comes from and what came of it. */
export const jobTreeRoute = (jobs: Jobs, find: FindJob): Route =>
  route({
    method: 'get',
    path: '/jobs/:id/tree',
    summary: 'Shows ancestors, descendants and replays of a job.',
    role: 'any',
    params: jobParams,
    responses: { 200: tree },
    problems: ['job-not-found'],
    async handle({ params, user }) {
      await find(params.id, user);
      return jobs.tree(params.id);
    },
  });
