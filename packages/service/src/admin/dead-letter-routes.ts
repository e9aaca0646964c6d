import { setTimeout as delay } from 'node:timers/promises';
import type { DeadLetter, DeadLetterDesk, Jobs } from '@millrace/jobs';
import { z } from 'zod';
import { pageOf } from '../paging.ts';
import { problem } from '../problem.ts';
import { toProblem } from '../problem-response.ts';
import { noContent } from '../reply.ts';
import { type Route, route } from '../route.ts';
import { jobResource } from './job-resource.ts';

/** Failed jobs, and messages and events that nobody could handle: looked at, edited, replayed, closed. */
export const deadLetterRoutes = ({ deadLetters: desk }: Jobs): readonly Route[] => [
  groups(desk),
  members(desk),
  replay(desk),
  replayMany(desk),
  decide(desk, 'resolve', 'resolved', 'Closes a dead letter with a note.'),
  decide(desk, 'park', 'parked', 'Sets a dead letter aside with a note.'),
  remove(desk),
];

const letterParams = z.object({ id: z.string().min(1).max(200) });

const group = z
  .object({
    fingerprint: z.string(),
    source: z.enum(['job', 'message', 'event']),
    name: z.string(),
    code: z.string(),
    message: z.string(),
    count: z.int(),
    firstAt: z.iso.datetime(),
    lastAt: z.iso.datetime(),
  })
  .meta({ id: 'DeadLetterGroup', description: 'Dead letters that died of the same thing.' });

const letter = z
  .looseObject({
    id: z.string(),
    source: z.enum(['job', 'message', 'event']),
    fingerprint: z.string(),
    state: z.string(),
    note: z.string().nullable(),
    at: z.iso.datetime(),
    job: jobResource.optional(),
  })
  .meta({ id: 'DeadLetter', description: 'A failed job, or a message or event as it came.' });

const groups = (desk: DeadLetterDesk) =>
  route({
    method: 'get',
    path: '/dead-letters',
    summary: 'Groups open dead letters by what they died of.',
    role: 'viewer',
    responses: { 200: pageOf(group) },
    handle: async () => ({ items: await desk.groups(), nextCursor: null }),
  });

const members = (desk: DeadLetterDesk) =>
  route({
    method: 'get',
    path: '/dead-letters/:fingerprint',
    summary: 'Lists the dead letters of a group, newest first, at most 200.',
    role: 'viewer',
    params: z.object({ fingerprint: z.string().regex(/^[A-Za-z0-9]{1,64}$/) }),
    responses: { 200: pageOf(letter) },
    problems: ['dead-letter-not-found'],
    async handle({ params }) {
      const items = await desk.members(params.fingerprint);
      if (items.length === 0) throw problem('dead-letter-not-found', { id: params.fingerprint });
      return { items, nextCursor: null };
    },
  });

const replay = (desk: DeadLetterDesk) =>
  route({
    method: 'post',
    path: '/dead-letters/:id/replay',
    summary: 'Runs a dead letter again, with another payload if one is given; `dryRun` only checks.',
    role: 'operator',
    params: letterParams,
    body: z.object({ payload: z.unknown().optional(), dryRun: z.boolean().default(false) }).default({ dryRun: false }),
    responses: {
      202: z.object({ job: jobResource.nullable() }).meta({ description: 'Queued; no job for an event or a dry run.' }),
    },
    problems: ['dead-letter-not-found', 'dead-letter-not-replayable', 'job-state-conflict'],
    handle: ({ params, body }) => desk.replay(params.id, body),
  });

const bulk = z.object({
  filter: z
    .object({
      fingerprint: z.string().optional(),
      name: z.string().optional(),
      source: z.enum(['job', 'message', 'event']).optional(),
    })
    .default({}),
  before: z.iso.datetime({ offset: true }).optional().meta({ description: 'Only what died before; default now.' }),
  rate: z.number().min(1).max(500).default(50).meta({ description: 'Letters a second.' }),
});

/** One request replays at most so many, so that it ends in time; repeat it for more. */
const bulkLimit = 500;

const replayMany = (desk: DeadLetterDesk) =>
  route({
    method: 'post',
    path: '/dead-letters/replay',
    summary: `Replays the open dead letters that match, at most ${bulkLimit} a request.`,
    role: 'operator',
    body: bulk,
    responses: {
      200: z.object({
        replayed: z.int(),
        refused: z.array(z.object({ id: z.string(), code: z.string(), detail: z.string() })),
      }),
    },
    async handle({ body, signal }) {
      const chosen = await matching(desk, body);
      const refused: { id: string; code: string; detail: string }[] = [];
      for (const [index, { id }] of chosen.entries()) {
        if (signal.aborted) return { replayed: index - refused.length, refused };
        await desk.replay(id).catch((error: unknown) => {
          const { code, message } = toProblem(error);
          refused.push({ id, code, detail: message });
        });
        await delay(1_000 / body.rate);
      }
      return { replayed: chosen.length - refused.length, refused };
    },
  });

async function matching(desk: DeadLetterDesk, { filter, before }: z.output<typeof bulk>): Promise<DeadLetter[]> {
  const open = (await desk.groups()).filter(
    ({ fingerprint, name, source }) =>
      (filter.fingerprint ?? fingerprint) === fingerprint &&
      (filter.name ?? name) === name &&
      (filter.source ?? source) === source,
  );
  const letters = await Promise.all(open.map(({ fingerprint }) => desk.members(fingerprint)));
  const deadline = before ? Date.parse(before) : Date.now();
  return letters
    .flat()
    .filter(({ state, at }) => state === 'open' && Date.parse(at) <= deadline)
    .slice(0, bulkLimit);
}

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
    handle: ({ params, body }) => desk.decide(params.id, state, body.note),
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
