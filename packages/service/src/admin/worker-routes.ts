import type { Jobs, WorkerDesk, WorkerView } from '@millrace/jobs';
import { z } from 'zod';
import { pageOf, paging, wholeListQuery } from '../paging.ts';
import { accepted } from '../reply.ts';
import { type Route, route } from '../route.ts';

/** The processes that perform jobs: looked at, made quiet, stopped, resized. */
export const workerRoutes = (jobs: Jobs): readonly Route[] => [
  list(jobs.workerDesk),
  show(jobs.workerDesk),
  tell(jobs.workerDesk, 'quiet', 'Tells a worker to take no more work; what runs, runs on.'),
  tell(
    jobs.workerDesk,
    'stop',
    'Tells a worker to end what runs and then its process, which its orchestrator starts again.',
  ),
  resize(jobs.workerDesk),
];

const workerParams = z.object({ id: z.string().min(1).max(200) });
const slots = z.int().min(1).max(1_000).meta({ description: 'Runs at once.' });

const workerResource = z
  .object({
    id: z.string().meta({ description: 'Made at each start of the process.' }),
    host: z.string(),
    pid: z.int(),
    version: z.string(),
    queues: z.array(z.string()),
    slots,
    running: z.array(z.string()).meta({ description: 'Job ids.' }),
    state: z
      .enum(['running', 'quiet', 'stopping', 'silent'])
      .meta({ description: '`quiet` takes no more work, `silent` was not heard of for a lease.' }),
    heartbeatAt: z.iso.datetime(),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime().meta({ description: 'Last heartbeat.' }),
  })
  .meta({ id: 'Worker', description: 'A process that performs jobs.' });

const resourceOf = ({ startedAt, ...worker }: WorkerView) => ({
  ...worker,
  createdAt: startedAt,
  updatedAt: worker.heartbeatAt,
});

const oldest = paging('workers', [
  ['createdAt', 1],
  ['id', 1],
]);

const list = (workers: WorkerDesk) =>
  route({
    method: 'get',
    path: '/workers',
    summary: 'Lists the processes that perform jobs, the oldest first.',
    role: 'viewer',
    query: z.object(wholeListQuery),
    responses: { 200: pageOf(workerResource) },
    handle: async ({ query }) => oldest.pageOfAll((await workers.all()).map(resourceOf), query),
  });

const show = (workers: WorkerDesk) =>
  route({
    method: 'get',
    path: '/workers/:id',
    summary: 'Shows a process that performs jobs.',
    role: 'viewer',
    params: workerParams,
    responses: { 200: workerResource },
    problems: ['worker-not-found'],
    handle: async ({ params }) => resourceOf(await workers.one(params.id)),
  });

const tell = (workers: WorkerDesk, verb: 'quiet' | 'stop', summary: string) =>
  route({
    method: 'post',
    path: `/workers/:id/${verb}`,
    summary,
    role: 'operator',
    params: workerParams,
    responses: { 202: workerResource },
    problems: ['worker-not-found'],
    handle: async ({ params: { id } }) => accepted(`/workers/${id}`, resourceOf(await workers[verb](id))),
  });

const resize = (workers: WorkerDesk) =>
  route({
    method: 'post',
    path: '/workers/:id/resize',
    summary: 'Tells a worker how many jobs it is to run at once, until its process ends.',
    role: 'operator',
    params: workerParams,
    body: z.object({ slots }),
    responses: { 202: workerResource },
    problems: ['worker-not-found'],
    handle: async ({ params: { id }, body }) =>
      accepted(`/workers/${id}`, resourceOf(await workers.resize(id, body.slots))),
  });
