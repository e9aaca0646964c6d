import type { JobFilter, Jobs, JobView } from '@millrace/jobs';
import type { Logger } from 'pino';
import { userTag } from '../for-user.ts';
import { type Route, route } from '../route.ts';
import { eventStream, type StreamEvent } from '../sse.ts';
import { JobFeed, watchedJobs } from './job-feed.ts';
import { type FindJob, isVisible, jobParams, revisionOf } from './job-resource.ts';

const terminal = new Set(['completed', 'failed', 'discarded', 'cancelled']);

/** How many jobs the snapshot of the list shows. */
const snapshotSize = 50;

const stream = {
  200: { description: 'Server-sent events named `job`, each with the job as data.', mediaType: 'text/event-stream' },
};

/** Jobs as they go: one until it has ended, or all that the caller may see. */
export function jobEventRoutes({ jobs, find, log }: { jobs: Jobs; find: FindJob; log: Logger }): readonly Route[] {
  const feed = new JobFeed({ jobs, log });
  return [oneJob(find, feed), allJobs(jobs, feed)];
}

const oneJob = (find: FindJob, feed: JobFeed) =>
  route({
    method: 'get',
    path: '/jobs/:id/events',
    summary: 'Streams a job until it has ended.',
    role: 'any',
    params: jobParams,
    responses: stream,
    problems: ['job-not-found'],
    async handle({ params, user }) {
      await find(params.id, user);
      return eventStream({
        snapshot: async () => [toEvent(await find(params.id, user), revisionOf)],
        follow: (push) => feed.follow((job) => job.id === params.id && push(toEvent(job, revisionOf))),
        isLast: ({ data }) => terminal.has((data as JobView).state),
      });
    },
  });

const allJobs = (jobs: Jobs, feed: JobFeed) =>
  route({
    method: 'get',
    path: '/jobs/events',
    summary:
      'Streams jobs as they change, the newest 50 first; after a reconnect what has changed of the newest 200 and of 500 live ones.',
    role: 'any',
    responses: stream,
    handle: async ({ user }) =>
      eventStream({
        async snapshot(lastEventId) {
          const shown = await toShow(jobs, user.seesAll ? {} : { tag: userTag(user.sub) }, lastEventId);
          return shown.toSorted((a, b) => a.updatedAt.localeCompare(b.updatedAt)).map((job) => toEvent(job, listId));
        },
        follow: (push) => feed.follow((job) => isVisible(job, user) && push(toEvent(job, listId))),
      }),
  });

/** The newest; after a reconnect what has changed meanwhile, of all that is watched. */
async function toShow(jobs: Jobs, filter: JobFilter, lastEventId: string | undefined): Promise<readonly JobView[]> {
  const since = Number.parseInt(lastEventId ?? '', 10);
  if (Number.isNaN(since)) return (await jobs.list(filter, { limit: snapshotSize })).items;
  const { byId } = await watchedJobs(jobs, filter);
  return [...byId.values()].filter((job) => Date.parse(job.updatedAt) >= since && listId(job) !== lastEventId);
}

/** Begins with the time, for a reconnect to ask from there; goes on so that no two changes share an id. */
const listId = (job: JobView): string => `${revisionOf(job)}.${job.id}`;

const toEvent = (job: JobView, idOf: (job: JobView) => string): StreamEvent => ({
  id: idOf(job),
  event: 'job',
  data: job,
});
