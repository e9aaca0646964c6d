import { replenishPool } from '@millrace/contracts/campaign';
import type { Jobs } from '@millrace/jobs';
import { created, ok, pageOf, pageQuery, paging, problem, type Route, route } from '@millrace/service';
import { z } from 'zod';
import { poolTypes } from '../domain/pool.ts';
import type { TemplateRow, Templates } from '../store/templates.ts';

const profile = z.enum(['tiny', 'full', 'huge']);

const templateResource = z
  .object({
    id: z.uuid(),
    version: z.int(),
    name: z.string(),
    profile,
    variant: z.int(),
    hash: z.string().meta({ description: 'SHA-256 of the content: equal content, equal hash.' }),
    totals: z.record(z.string(), z.int()),
    status: z.enum(['draft', 'published']),
    isCurrent: z.boolean().meta({ description: 'Campaigns are seeded from it now.' }),
    publishedAt: z.iso.datetime().nullable(),
    revision: z.int(),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'Template', description: 'The template.' });

type Deps = { readonly templates: Templates; readonly jobs: Pick<Jobs, 'enqueue'> };

export const templateRoutes = ({ templates, jobs }: Deps): readonly Route[] => [
  listRoute(templates),
  createRoute(templates),
  publishRoute({ templates, jobs }),
];

const newest = paging('templates', [['version', -1]]);

const listRoute = (templates: Templates) =>
  route({
    method: 'get',
    path: '/templates',
    summary: 'Lists templates, newest version first.',
    role: 'any',
    query: z.strictObject(pageQuery),
    responses: { 200: pageOf(templateResource) },
    async handle({ query: { limit, cursor } }) {
      const [rows, current] = await Promise.all([
        templates.list({ after: newest.after(cursor), limit: limit + 1 }),
        templates.current(),
      ]);
      return newest.page(rows, limit, (row) => toResource(row, current));
    },
  });

const createRoute = (templates: Templates) =>
  route({
    method: 'post',
    path: '/templates',
    summary: 'Generates the draft of a new version.',
    role: 'admin',
    body: z.object({
      name: z.string().trim().min(1).max(200).default('Master template'),
      profile: profile.default('full').meta({ description: 'tiny: 20 schticks, full: 643, huge: 6,430.' }),
      variant: z
        .int()
        .min(1)
        .max(1_000_000)
        .optional()
        .meta({ description: 'Other words in the same shape. Default: the new version’s number.' }),
    }),
    responses: { 201: templateResource },
    async handle({ body, commandId }) {
      const row = await templates.create(body, commandId);
      return created('/templates', toResource(row, await templates.current()), { revision: row.revision });
    },
  });

const publishRoute = ({ templates, jobs }: Deps) =>
  route({
    method: 'post',
    path: '/templates/:id/publish',
    summary: 'Makes a version what campaigns are seeded from; an older one too, to go back to it.',
    role: 'admin',
    params: z.object({ id: z.uuid() }),
    body: z.object({}).optional(),
    responses: { 200: templateResource },
    problems: ['template-not-found'],
    async handle({ params: { id } }) {
      const row = await templates.publish(id);
      if (!row) throw problem('template-not-found', { id });
      // What lies ready is of another version now.
      for (const type of poolTypes) await jobs.enqueue(replenishPool, { type, occasion: 'schedule' });
      return ok(toResource(row, row), { revision: row.revision });
    },
  });

function toResource(row: TemplateRow, current: TemplateRow | null): z.input<typeof templateResource> {
  const { _id, publishedAt, createdAt, updatedAt, ...fields } = row;
  return {
    ...fields,
    id: _id,
    isCurrent: current?._id === _id,
    publishedAt: publishedAt?.toISOString() ?? null,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
}
