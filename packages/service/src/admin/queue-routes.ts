import { HISTORY_METRICS, type Jobs, type QueueView } from '@millrace/jobs';
import { z } from 'zod';
import { pageOf, paging, wholeListQuery } from '../paging.ts';
import { ok } from '../reply.ts';
import { type Route, route } from '../route.ts';

/** Queues: looked at, set, paused, drained, and what has happened to them. */
export const queueRoutes = (jobs: Jobs): readonly Route[] => [
  list(jobs),
  show(jobs),
  set(jobs),
  turn(jobs, 'pause', 'Begins nothing more of a queue, in any process; what runs, runs on.'),
  turn(jobs, 'resume', 'Works a queue again and rings for everything that waits.'),
  turn(jobs, 'drain', 'Works off what was accepted until now, then pauses the queue; later jobs wait.'),
  history(jobs),
];

const queueParams = z.object({ name: z.string().min(1).max(200) });
const time = z.iso.datetime();
const weight = z.number().min(0.01).max(1_000);
const weights = z.strictObject({ hi: weight, std: weight, retry: weight, lo: weight });

const settingFields = {
  concurrency: z
    .int()
    .min(1)
    .max(1_000)
    .nullable()
    .meta({ description: 'Runs at once in one process; null: as many as it has slots.' }),
  weight: weight.meta({ description: 'Against the other queues of a process.' }),
  weights: weights.meta({ description: 'Of its lanes against each other.' }),
  limits: z
    .record(z.string().min(1).max(200), z.int().min(0).max(1_000_000))
    .meta({ description: 'Limits that hold instead of the declared ones, by name or key.' }),
};

const rate = z.number().meta({ description: 'Per minute, over the last minute.' });

const shownFields = {
  id: z.string(),
  name: z.string(),
  ready: z.int().meta({ description: 'Due and not running.' }),
  running: z.int(),
  later: z.int().meta({ description: 'Waiting for their time.' }),
  oldestWaitMs: z.number().nullable(),
  lanes: z
    .record(z.string(), z.int())
    .nullable()
    .meta({ description: 'Messages per lane; null while the broker is away.' }),
  rates: z.object({ enqueued: rate, started: rate, ended: rate }),
  paused: z.boolean(),
  draining: z
    .object({ since: time, left: z.int() })
    .nullable()
    .meta({ description: 'Jobs accepted until then are worked off; so many are left.' }),
  jobs: z.array(z.string()),
  revision: z.int().meta({ description: 'Of the settings; 0: as declared.' }),
  updatedAt: time.nullable(),
  updatedBy: z.string().nullable(),
};

const queueResource = z.object({ ...shownFields, ...settingFields }).meta({ id: 'Queue', description: 'A queue.' });

/** What GET gives is taken back; of that, only the settings are read: a queue is paused by POST. */
const queueChange = z.strictObject({
  ...Object.fromEntries(Object.keys(shownFields).map((field) => [field, z.unknown().optional()])),
  concurrency: settingFields.concurrency.optional(),
  weight: settingFields.weight.nullish(),
  weights: weights.partial().nullish(),
  limits: settingFields.limits.nullish(),
});

const resourceOf = (queue: QueueView) => ({ id: queue.name, ...queue });
const shown = async (jobs: Jobs, name: string) => {
  const queue = await jobs.queue(name);
  return ok(resourceOf(queue), { revision: queue.revision });
};

const byName = paging('queues', [['name', 1]]);

const list = (jobs: Jobs) =>
  route({
    method: 'get',
    path: '/queues',
    summary: 'Lists the queues of this service by name.',
    role: 'viewer',
    query: z.object(wholeListQuery),
    responses: { 200: pageOf(queueResource) },
    handle: async ({ query }) => byName.pageOfAll((await jobs.queues()).map(resourceOf), query),
  });

const show = (jobs: Jobs) =>
  route({
    method: 'get',
    path: '/queues/:name',
    summary: 'Shows a queue.',
    role: 'viewer',
    params: queueParams,
    responses: { 200: queueResource },
    problems: ['queue-not-found'],
    handle: ({ params }) => shown(jobs, params.name),
  });

const set = (jobs: Jobs) =>
  route({
    method: 'put',
    path: '/queues/:name',
    summary:
      'Sets how a queue is worked, at once and over restarts. Absent settings stay, null takes back the declared one.',
    role: 'admin',
    params: queueParams,
    body: queueChange,
    responses: { 200: queueResource },
    problems: ['queue-not-found', 'revision-mismatch'],
    async handle({ params, body: { concurrency, weight, weights, limits }, user, ifMatch }) {
      const change = { by: user.sub, revision: ifMatch };
      await jobs.queueDesk.set(
        params.name,
        { concurrency, weight, weights: weights && defined(weights), limits },
        change,
      );
      return shown(jobs, params.name);
    },
  });

const turn = (jobs: Jobs, verb: 'pause' | 'resume' | 'drain', summary: string) =>
  route({
    method: 'post',
    path: `/queues/:name/${verb}`,
    summary,
    role: 'operator',
    params: queueParams,
    responses: { 200: queueResource },
    problems: ['queue-not-found'],
    async handle({ params, user }) {
      await jobs.queueDesk[verb](params.name, { by: user.sub });
      return shown(jobs, params.name);
    },
  });

const historyResource = z
  .object({
    metric: z.enum(HISTORY_METRICS),
    step: z.int().meta({ description: 'Seconds.' }),
    points: z.array(z.object({ at: time, value: z.number().nullable() })),
  })
  .meta({ description: 'Counts are 0 where nothing was, means and gauges null.' });

const history = (jobs: Jobs) =>
  route({
    method: 'get',
    path: '/queues/:name/history',
    summary: 'Shows what has happened to a queue, minute by minute, for ten days.',
    role: 'viewer',
    params: queueParams,
    query: z.object({
      metric: z.enum(HISTORY_METRICS).default('ended'),
      from: z.iso.datetime({ offset: true }).optional(),
      to: z.iso.datetime({ offset: true }).optional(),
      step: z.coerce
        .number()
        .int()
        .min(60)
        .max(259_200)
        .multipleOf(60)
        .default(60)
        .meta({ description: 'Seconds between two points, whole minutes.' }),
    }),
    responses: { 200: historyResource },
    problems: ['queue-not-found'],
    async handle({ params, query: { metric, from, to, step } }) {
      const range = { from: from ? new Date(from) : undefined, to: to ? new Date(to) : undefined };
      const { points } = await jobs.queueHistory(params.name, { metric, ...range, stepMs: step * 1_000 });
      return { metric, step, points };
    },
  });

/** Without the fields that were not sent. */
const defined = <Fields extends object>(fields: Fields) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [Field in keyof Fields]?: Exclude<Fields[Field], undefined>;
  };
