import { type Jobs, MISFIRES, type ScheduleDesk } from '@millrace/jobs';
import { z } from 'zod';
import { pageOf, paging, wholeListQuery } from '../paging.ts';
import { accepted } from '../reply.ts';
import { type Route, route } from '../route.ts';
import { jobResource, jobStates } from './job-resource.ts';

/** Jobs commanded by the clock: looked at, changed, run by hand, paused. */
export const scheduleRoutes = (jobs: Jobs): readonly Route[] => [
  list(jobs.schedules),
  show(jobs.schedules),
  edit(jobs.schedules),
  run(jobs.schedules),
  turn(jobs.schedules, 'pause', 'Fires no tick of a schedule until it is resumed.'),
  turn(jobs.schedules, 'resume', 'Fires its ticks again; its `misfire` says what becomes of those in the pause.'),
];

const time = z.iso.datetime();
const scheduleParams = z.object({ name: z.string().min(1).max(100) });

const policyFields = {
  cron: z
    .string()
    .min(1)
    .max(200)
    .meta({ description: 'Five fields, or six with seconds first.', example: '*/5 * * * *' }),
  timeZone: z.string().min(1).max(100).meta({ example: 'Europe/Berlin' }),
  misfire: z
    .enum(MISFIRES)
    .meta({ description: 'Of ticks that nobody was there to fire: none, the latest, or all are caught up.' }),
  payload: z.unknown(),
  lane: z.enum(['hi', 'std', 'lo']).nullable().meta({ description: 'Null: the job’s own.' }),
  graceMs: z
    .int()
    .min(0)
    .max(86_400_000)
    .nullable()
    .meta({ description: 'A tick later than this has misfired. Null: half the time to the next, at most 30 s.' }),
  paused: z.boolean(),
};

const shownFields = {
  id: z.string(),
  name: z.string(),
  job: z.string(),
  orphaned: z.boolean().meta({ description: 'No code declares it any more; it is not fired.' }),
  edited: z.array(z.string()).meta({ description: 'What a person has made different from the code.' }),
  misfires: z.int().meta({ description: 'Ticks that were not fired in time, caught up or not.' }),
  lastAt: time.nullable().meta({ description: 'The last tick that was fired.' }),
  lastJobId: z.string().nullable(),
  nextAt: time.nullable(),
  lastRuns: z.array(z.object({ jobId: z.string(), at: time, state: z.enum(jobStates) })),
  nextRuns: z.array(time),
  revision: z.int(),
  updatedBy: z.string().nullable(),
  createdAt: time,
  updatedAt: time,
};

const scheduleResource = z
  .object({ ...shownFields, ...policyFields })
  .meta({ id: 'Schedule', description: 'A job commanded by the clock.' });

/** What GET gives is taken back; of that, only the policy is read. */
const scheduleChange = z.strictObject({
  ...Object.fromEntries(Object.keys(shownFields).map((field) => [field, z.unknown().optional()])),
  ...policyFields,
  lane: policyFields.lane.default(null),
  graceMs: policyFields.graceMs.default(null),
  paused: policyFields.paused.default(false),
});

const byName = paging('schedules', [['name', 1]]);

const list = (schedules: ScheduleDesk) =>
  route({
    method: 'get',
    path: '/schedules',
    summary: 'Lists the schedules of this service by name.',
    role: 'viewer',
    query: z.object(wholeListQuery),
    responses: { 200: pageOf(scheduleResource) },
    handle: async ({ query }) => byName.pageOfAll(await schedules.list(), query),
  });

const show = (schedules: ScheduleDesk) =>
  route({
    method: 'get',
    path: '/schedules/:name',
    summary: 'Shows a schedule with its last and next runs.',
    role: 'viewer',
    params: scheduleParams,
    responses: { 200: scheduleResource },
    problems: ['schedule-not-found'],
    handle: ({ params }) => schedules.find(params.name),
  });

const edit = (schedules: ScheduleDesk) =>
  route({
    method: 'put',
    path: '/schedules/:name',
    summary: 'Sets when and how a schedule fires; what differs from the code stays so over restarts.',
    role: 'admin',
    params: scheduleParams,
    body: scheduleChange,
    responses: { 200: scheduleResource },
    problems: ['schedule-not-found', 'revision-mismatch', 'job-name-unknown'],
    handle: ({ params, body, user, ifMatch }) => schedules.edit(params.name, body, { by: user.sub, revision: ifMatch }),
  });

const run = (schedules: ScheduleDesk) =>
  route({
    method: 'post',
    path: '/schedules/:name/run',
    summary: 'Commands the job of a schedule now, paused or not.',
    role: 'operator',
    params: scheduleParams,
    responses: { 202: z.object({ job: jobResource, conflict: z.boolean() }).meta({ description: 'Queued.' }) },
    problems: ['schedule-not-found', 'job-name-unknown', 'job-unique-conflict'],
    async handle({ params, commandId }) {
      const { job, conflict } = await schedules.run(params.name, commandId);
      return accepted(`/jobs/${job.id}`, { job, conflict });
    },
  });

const turn = (schedules: ScheduleDesk, verb: 'pause' | 'resume', summary: string) =>
  route({
    method: 'post',
    path: `/schedules/:name/${verb}`,
    summary,
    role: 'operator',
    params: scheduleParams,
    responses: { 200: scheduleResource },
    problems: ['schedule-not-found'],
    handle: ({ params, user }) => schedules[verb](params.name, user.sub),
  });
