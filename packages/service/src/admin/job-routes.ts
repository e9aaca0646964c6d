import type { Jobs, JobView } from '@millrace/jobs';
import { z } from 'zod';
import { aborted } from '../aborted.ts';
import { invalidInput } from '../problem.ts';
import { noContent } from '../reply.ts';
import { type Route, route } from '../route.ts';
import { filterOf, jobFilter } from './job-filter.ts';
import { jobListRoute } from './job-list-route.ts';
import { type FindJob, jobParams, jobResource, jobStates } from './job-resource.ts';

/** What people ask of jobs and do to them. */
export const jobRoutes = (jobs: Jobs, find: FindJob): readonly Route[] => [
  jobListRoute(jobs),
  counts(jobs),
  show(jobs, find),
  retry(jobs),
  change(jobs),
  ...actions(jobs),
  remove(jobs),
];

const counts = (jobs: Jobs) =>
  route({
    method: 'get',
    path: '/jobs/counts',
    summary: 'Counts jobs by state, narrowed like the list.',
    role: 'any',
    query: jobFilter,
    responses: { 200: z.partialRecord(z.enum(jobStates), z.int()) },
    handle: ({ query, user }) => jobs.counts(filterOf(query, user)),
  });

const show = (jobs: Jobs, find: FindJob) =>
  route({
    method: 'get',
    path: '/jobs/:id',
    summary: 'Shows a job; with `wait`, as soon as it has ended or after so many seconds.',
    role: 'any',
    params: jobParams,
    query: z.object({
      wait: z
        .string()
        .regex(/^(?:[0-5]?\d|60)$/, 'must be a whole number from 0 to 60')
        .transform(Number)
        .optional(),
    }),
    responses: { 200: jobResource },
    problems: ['job-not-found'],
    async handle({ params, query, user, signal }) {
      const job = await find(params.id, user);
      if (!query.wait) return job;
      return (await Promise.race([jobs.waitFor(params.id, query.wait), aborted(signal)])) ?? jobs.find(params.id);
    },
  });

const answer = z.union([
  z.object({ done: z.literal(true), value: z.unknown().optional() }),
  z.object({ done: z.literal(false) }),
]);

const retry = (jobs: Jobs) =>
  route({
    method: 'post',
    path: '/jobs/:id/retry',
    summary:
      'Runs a failed, discarded or cancelled job again under its id. `resolve` says of steps whose outcome is unknown what came of them.',
    role: 'operator',
    params: jobParams,
    body: z.object({ resolve: z.record(z.string().min(1).max(100), answer).optional() }).default({}),
    responses: { 200: jobResource },
    problems: ['job-not-found', 'job-state-conflict', 'job-unique-conflict', 'step-not-unknown'],
    handle: ({ params, body }) => jobs.retry(params.id, body.resolve),
  });

/** What an operator does to one job: the way, what it means, and the deed. */
const deeds = [
  [
    'cancel',
    'Cancels a waiting job, asks a running one to stop; an ended one stays as it is.',
    (jobs: Jobs, id: string) => jobs.cancel(id),
  ],
  ['run-now', 'Makes a waiting job due now.', (jobs: Jobs, id: string) => jobs.runNow(id)],
] as const satisfies readonly (readonly [string, string, (jobs: Jobs, id: string) => Promise<JobView>])[];

const actions = (jobs: Jobs): Route[] =>
  deeds.map(([verb, summary, act]) =>
    route({
      method: 'post',
      path: `/jobs/:id/${verb}`,
      summary,
      role: 'operator',
      params: jobParams,
      responses: { 200: jobResource },
      problems: ['job-not-found', 'job-state-conflict'],
      handle: ({ params }) => act(jobs, params.id),
    }),
  );

const changeBody = z.strictObject({
  runAt: z.iso
    .datetime({ offset: true })
    .nullable()
    .optional()
    .meta({ description: 'Not before this time; null or past: now.' }),
  lane: z.enum(['hi', 'std', 'lo']).optional(),
  maxAttempts: z.int().min(1).max(100).optional().meta({ description: 'Counts from the next run on.' }),
});

const change = (jobs: Jobs) =>
  route({
    method: 'patch',
    path: '/jobs/:id',
    summary: 'Gives a waiting job another time, lane or number of attempts; a running one only the last.',
    role: 'operator',
    params: jobParams,
    body: changeBody,
    responses: { 200: jobResource },
    problems: ['job-not-found', 'job-state-conflict'],
    async handle({ params, body: { runAt, ...more } }) {
      const isEmpty = Object.values({ runAt, ...more }).every((value) => value === undefined);
      // A job that does not exist is told of first, as everywhere.
      if (isEmpty && (await jobs.find(params.id)))
        throw invalidInput([{ path: 'body', message: 'must change something' }]);
      return jobs.change(params.id, { ...more, runAt: typeof runAt === 'string' ? new Date(runAt) : runAt });
    },
  });

const remove = (jobs: Jobs) =>
  route({
    method: 'delete',
    path: '/jobs/:id',
    summary: 'Deletes an ended job.',
    role: 'admin',
    params: jobParams,
    responses: { 204: { description: 'Deleted.' } },
    problems: ['job-not-found', 'job-state-conflict'],
    async handle({ params }) {
      await jobs.remove(params.id);
      return noContent();
    },
  });
