import type { DeadLetter, DeadLetterDesk, DeadLetterGroup, Jobs, OperationDesk } from '@millrace/jobs';
import { z } from 'zod';
import { pageOf, pageQuery, paging, wholeListQuery } from '../paging.ts';
import { problem } from '../problem.ts';
import { accepted, noContent, ok } from '../reply.ts';
import { type Route, route } from '../route.ts';
import { jobResource } from './job-resource.ts';
import { operationAccepted, operationRate, operationResource } from './operation-routes.ts';

/** Failed jobs, and messages and events that nobody could handle: looked at, edited, replayed, closed. */
export const deadLetterRoutes = ({ deadLetters: desk, operations }: Jobs): readonly Route[] => [
  groups(desk),
  members(desk),
  replay(desk),
  replayMany(operations),
  decide(desk, 'resolve', 'resolved', 'Closes a dead letter with a note.'),
  decide(desk, 'park', 'parked', 'Sets a dead letter aside with a note.'),
  remove(desk),
];

const letterParams = z.object({ id: z.string().min(1).max(200) });

const time = z.iso.datetime();

const group = z
  .object({
    id: z.string().meta({ description: 'The fingerprint.' }),
    fingerprint: z.string(),
    source: z.enum(['job', 'message', 'event']),
    name: z.string(),
    code: z.string(),
    message: z.string(),
    count: z.int(),
    firstAt: time,
    lastAt: time,
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: 'DeadLetterGroup', description: 'Dead letters that died of the same thing.' });

const letter = z
  .looseObject({
    id: z.string(),
    source: z.enum(['job', 'message', 'event']),
    fingerprint: z.string(),
    state: z.string(),
    note: z.string().nullable(),
    decidedAt: z.iso.datetime().nullable().meta({ description: 'When it was parked, resolved or replayed.' }),
    decidedBy: z.string().nullable(),
    at: time,
    lastAt: time,
    createdAt: time,
    updatedAt: time,
    job: jobResource.optional(),
  })
  .meta({ id: 'DeadLetter', description: 'A failed job, or a message or event as it came.' });

const groupOf = (found: DeadLetterGroup) => ({
  id: found.fingerprint,
  ...found,
  createdAt: found.firstAt,
  updatedAt: found.lastAt,
});

const letterOf = (found: DeadLetter) => ({
  ...found,
  createdAt: found.at,
  updatedAt: found.decidedAt ?? found.lastAt,
});

const letterState = z.enum(['open', 'parked', 'resolved']);

const newestGroup = paging('dead-letter groups', [
  ['lastAt', -1],
  ['fingerprint', 1],
]);

const groups = (desk: DeadLetterDesk) =>
  route({
    method: 'get',
    path: '/dead-letters',
    summary: 'Groups dead letters by what they died of, the open ones unless another state is asked for.',
    role: 'viewer',
    query: z.object({ state: letterState.default('open'), ...wholeListQuery }),
    responses: { 200: pageOf(group) },
    handle: async ({ query: { state, ...wish } }) =>
      newestGroup.pageOfAll((await desk.groups(state)).map(groupOf), wish),
  });

const newest = paging('dead-letters', [
  ['lastAt', -1],
  ['id', -1],
]);

const members = (desk: DeadLetterDesk) =>
  route({
    method: 'get',
    path: '/dead-letters/:fingerprint',
    summary: 'Lists the dead letters of a group, newest first; open and parked ones unless a state is asked for.',
    role: 'viewer',
    params: z.object({ fingerprint: z.string().regex(/^[A-Za-z0-9]{1,64}$/) }),
    query: z.object({ state: letterState.optional(), ...pageQuery }),
    responses: { 200: pageOf(letter) },
    problems: ['dead-letter-not-found'],
    async handle({ params, query: { state, limit, cursor } }) {
      const [lastAt, id] = newest.keysOf(cursor) ?? [];
      const after = id === undefined ? undefined : { lastAt: new Date(String(lastAt)), id: String(id) };
      const letters = await desk.members(params.fingerprint, { state, limit: limit + 1, after });
      if (letters.length === 0 && !after && !state) throw problem('dead-letter-not-found', { id: params.fingerprint });
      return newest.page(letters, limit, letterOf);
    },
  });

const effect = z.object({
  kind: z.enum(['step', 'once', 'through', 'checkpoint', 'progress', 'meta', 'log', 'event', 'job']),
  name: z.string(),
  detail: z.unknown().optional(),
});

const rehearsal = z
  .object({
    valid: z.boolean().meta({ description: 'Whether this release can read the payload.' }),
    payload: z.unknown().meta({ description: 'As the handler would get it.' }),
    diff: z
      .array(z.object({ path: z.string(), from: z.unknown(), to: z.unknown() }))
      .meta({ description: 'Against what the letter holds.' }),
    rehearsed: z.boolean().meta({ description: 'Whether the handler was run, with nothing applied.' }),
    effects: z.array(effect).meta({ description: 'What it would have done, in order.' }),
    outcome: z.looseObject({ kind: z.string() }).optional(),
    why: z.string().optional().meta({ description: 'Why there is no outcome.' }),
  })
  .meta({ id: 'Rehearsal', description: 'What a replay would do.' });

const replayBody = z.object({
  payload: z.unknown().optional(),
  version: z.int().positive().optional().meta({ description: 'Of the payload; older ones are brought up.' }),
  dryRun: z.boolean().default(false),
});

const replay = (desk: DeadLetterDesk) =>
  route({
    method: 'post',
    path: '/dead-letters/:id/replay',
    summary: 'Runs a dead letter again, with another payload if one is given; `dryRun` says what would happen.',
    role: 'operator',
    params: letterParams,
    body: replayBody.default({ dryRun: false }),
    responses: {
      200: { description: 'What would happen (`dryRun`).', body: rehearsal },
      202: z.object({ job: jobResource.nullable() }).meta({ description: 'Queued; no job for an event.' }),
    },
    problems: ['dead-letter-not-found', 'dead-letter-not-replayable', 'job-state-conflict', 'job-unique-conflict'],
    async handle({ params, body: { dryRun, ...edit }, user }) {
      if (dryRun) return ok(await desk.rehearse(params.id, edit));
      const { job } = await desk.replay(params.id, { ...edit, by: user.sub });
      return accepted(job ? `/jobs/${job.id}` : `/dead-letters/${params.id}`, { job });
    },
  });

const bulk = z.object({
  filter: z
    .object({
      fingerprint: z.string().max(64).optional(),
      name: z.string().max(200).optional(),
      source: z.enum(['job', 'message', 'event']).optional(),
    })
    .default({}),
  before: z.iso.datetime({ offset: true }).optional().meta({ description: 'Only what died before; default now.' }),
  expectedCount: z.int().min(0).optional().meta({ description: 'How many there are; another number is refused.' }),
  rate: operationRate.default(50),
});

const replayMany = (operations: OperationDesk) =>
  route({
    method: 'post',
    path: '/dead-letters/replay',
    summary: 'Replays the open dead letters that match, as an operation.',
    role: 'operator',
    body: bulk,
    responses: { 202: operationResource },
    problems: ['count-changed'],
    async handle({ body: { filter, before, ...wish }, user, commandId }) {
      return operationAccepted(
        await operations.replay(filter, {
          ...wish,
          id: commandId,
          before: before === undefined ? undefined : new Date(before),
          by: user.sub,
        }),
      );
    },
  });

const decide = (desk: DeadLetterDesk, verb: string, state: 'resolved' | 'parked', summary: string) =>
  route({
    method: 'post',
    path: `/dead-letters/:id/${verb}`,
    summary,
    role: 'operator',
    params: letterParams,
    body: z.object({ note: z.string().min(1).max(2_000) }),
    responses: { 200: letter },
    problems: ['dead-letter-not-found'],
    handle: async ({ params, body, user }) => letterOf(await desk.decide(params.id, state, body.note, user.sub)),
  });

const remove = (desk: DeadLetterDesk) =>
  route({
    method: 'delete',
    path: '/dead-letters/:id',
    summary: 'Deletes a dead letter for good.',
    role: 'admin',
    params: letterParams,
    responses: { 204: { description: 'Deleted.' } },
    problems: ['dead-letter-not-found'],
    async handle({ params }) {
      await desk.remove(params.id);
      return noContent();
    },
  });
