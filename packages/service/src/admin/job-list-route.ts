import type { JobPlace, Jobs, JobView } from '@millrace/jobs';
import { z } from 'zod';
import { type Page, pageOf, pageQuery, paging } from '../paging.ts';
import type { User } from '../role.ts';
import { type Route, route } from '../route.ts';
import { filterFields, filterOf, withArguments } from './job-filter.ts';
import { jobResource } from './job-resource.ts';

const listQuery = withArguments({
  ...filterFields,
  sort: z.enum(['createdAt', '-createdAt', 'scheduledAt', '-scheduledAt']).default('-createdAt').meta({
    description: 'Oldest or newest first; or by the time at which they are due, the earliest or latest first.',
  }),
  ...pageQuery,
});

type Query = z.output<typeof listQuery>;

export const jobListRoute = (jobs: Jobs): Route =>
  route({
    method: 'get',
    path: '/jobs',
    summary: 'Lists jobs, newest first. `arg.<path>=` compares a field of the payload.',
    role: 'any',
    query: listQuery,
    responses: { 200: pageOf(jobResource) },
    handle({ query, user }) {
      switch (query.sort) {
        case 'createdAt':
          return listByCreation(jobs, query, user, 'asc');
        case '-createdAt':
          return listByCreation(jobs, query, user, 'desc');
        case 'scheduledAt':
          return listByTime(jobs, query, user, 'asc');
        case '-scheduledAt':
          return listByTime(jobs, query, user, 'desc');
      }
    },
  });

type Direction = 'asc' | 'desc';

const byCreation = paging('jobs', [
  ['createdAt', -1],
  ['id', -1],
  // No order, but how far the next page will have to look.
  ['spanMs', -1],
]);

async function listByCreation(jobs: Jobs, query: Query, user: User, sort: Direction): Promise<Page<JobView>> {
  const after = placeOf(query.cursor);
  const { items, next } = await jobs.list(filterOf(query, user), { limit: query.limit, sort, after });
  return { items, nextCursor: next && byCreation.cursorOf({ ...next, createdAt: next.createdAt.toISOString() }) };
}

function placeOf(cursor: string | undefined): JobPlace | undefined {
  const [createdAt, id, spanMs] = byCreation.keysOf(cursor) ?? [];
  return id === undefined
    ? undefined
    : { createdAt: new Date(String(createdAt)), id: String(id), spanMs: Number(spanMs) };
}

const times = {
  asc: paging('jobs by time', [
    ['scheduledAt', 1],
    ['id', 1],
  ]),
  desc: paging('jobs by time', [
    ['scheduledAt', -1],
    ['id', -1],
  ]),
};

async function listByTime(jobs: Jobs, query: Query, user: User, sort: Direction): Promise<Page<JobView>> {
  const [scheduledAt, id] = times[sort].keysOf(query.cursor) ?? [];
  const after = id === undefined ? undefined : { scheduledAt: new Date(String(scheduledAt)), id: String(id) };
  const { items, hasMore } = await jobs.listByTime(filterOf(query, user), { limit: query.limit, sort, after });
  const last = hasMore ? items.at(-1) : undefined;
  return { items, nextCursor: last ? times[sort].cursorOf(last) : null };
}
