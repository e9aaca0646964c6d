import type { Jobs } from '@millrace/jobs';
import { z } from 'zod';
import { pageOf, paging, wholeListQuery } from '../paging.ts';
import { type Route, route } from '../route.ts';

/** Limits per key, rates and turns of tenants. */
export const limitRoutes = (jobs: Jobs): readonly Route[] => [limits(jobs)];

const limitResource = z
  .object({
    key: z.string().meta({ description: 'For turns the queue.' }),
    kind: z.enum(['concurrency', 'rate', 'turn']),
    max: z.int().meta({ description: 'At once; of a rate, starts per `perMs`.' }),
    perMs: z.int().nullable(),
    used: z.int().meta({ description: 'Slots held; of a rate, starts of its burst that are spent.' }),
    waiting: z.int(),
    oldestWaitMs: z.number().nullable(),
    hold: z.enum(['attempt', 'job']).nullable(),
    holders: z
      .array(
        z.object({
          jobId: z.string(),
          until: z.iso
            .datetime()
            .nullable()
            .meta({ description: 'When the slot is free if nobody renews it; null: at the end of the job.' }),
        }),
      )
      .meta({ description: 'The first hundred.' }),
  })
  .meta({ id: 'Limit', description: 'What holds jobs up although they are due.' });

const byKey = paging('limits', [
  ['kind', 1],
  ['key', 1],
]);

const limits = (jobs: Jobs) =>
  route({
    method: 'get',
    path: '/limits',
    summary: 'Lists the limits, rates and turns that jobs have met lately.',
    role: 'viewer',
    query: z.object(wholeListQuery),
    responses: { 200: pageOf(limitResource) },
    handle: async ({ query }) => byKey.pageOfAll(await jobs.limits(), query),
  });
