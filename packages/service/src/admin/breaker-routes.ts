import type { Jobs } from '@millrace/jobs';
import { z } from 'zod';
import { pageOf, paging, wholeListQuery } from '../paging.ts';
import { type Route, route } from '../route.ts';

/** The breakers of dependencies: looked at and overruled. */
export const breakerRoutes = (jobs: Jobs): readonly Route[] => [
  list(jobs),
  overrule(jobs, 'open', 'Keeps all calls from a dependency until the breaker is closed; its jobs wait.'),
  overrule(jobs, 'close', 'Lets calls of a dependency through again; the jobs that wait come back in turn.'),
];

const time = z.iso.datetime();

const breakerResource = z
  .object({
    id: z.string(),
    name: z.string().meta({ description: 'The dependency, or `<dependency>:<key>`.', example: 'imagekit' }),
    state: z.enum(['closed', 'open', 'half-open']),
    recentFailures: z.int().meta({ description: 'Those that count towards opening.' }),
    openings: z.int().meta({ description: 'Since it was last closed.' }),
    openUntil: time.nullable().meta({ description: 'Null while it is closed, or held open by a person.' }),
    probe: z
      .object({ jobId: z.string(), until: time })
      .nullable()
      .meta({ description: 'Who tries the dependency now.' }),
    changedBy: z.string().nullable().meta({ description: 'The person who has overruled it last.' }),
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: 'Breaker', description: 'The breaker of a dependency.' });

const byName = paging('breakers', [['name', 1]]);

const list = (jobs: Jobs) =>
  route({
    method: 'get',
    path: '/breakers',
    summary: 'Lists the breakers of this service by name.',
    role: 'viewer',
    query: z.object(wholeListQuery),
    responses: { 200: pageOf(breakerResource) },
    handle: async ({ query }) => byName.pageOfAll(await jobs.breakers.list(), query),
  });

const overrule = (jobs: Jobs, verb: 'open' | 'close', summary: string) =>
  route({
    method: 'post',
    path: `/breakers/:name/${verb}`,
    summary,
    role: 'operator',
    params: z.object({ name: z.string().min(1).max(200) }),
    responses: { 200: breakerResource },
    problems: ['breaker-not-found'],
    handle: ({ params, user }) => jobs.breakers[verb](params.name, user.sub),
  });
