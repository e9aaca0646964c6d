import { invalidInput, pageOf, problem, type Route, route } from '@millrace/service';
import { z } from 'zod';
import { catalogue, type Row } from '../domain/catalogue.ts';
import { categories } from '../domain/category.ts';
import { channels, sentChannels } from '../domain/channel.ts';
import { asMailHtml, asMailText, asSlack } from '../domain/message.ts';

/** What people are told of which event, and how it reads. */
export const templateRoutes = (): Route[] => [list(), show(), preview()];

const facts = {
  id: z.string().meta({ description: 'The type of the event.' }),
  category: z.enum(categories),
  level: z.enum(['info', 'failure', 'critical']),
  version: z.int().positive(),
  channels: z.array(z.enum(channels)).meta({ description: 'The ways that it goes, as far as people want them.' }),
  title: z.string(),
  body: z.string(),
};

const templateResource = z
  .object(facts)
  .meta({ id: 'Template', description: 'How an event reads, with data as it may come.' });

const previewResource = z
  .object({
    ...facts,
    data: z.unknown().meta({ description: 'The event that it was rendered with.' }),
    mail: z.object({ subject: z.string(), text: z.string(), html: z.string() }),
    slack: z.unknown(),
  })
  .meta({ id: 'TemplatePreview', description: 'A template, rendered for each channel.' });

function list() {
  return route({
    method: 'get',
    path: '/templates',
    summary: 'Lists what people are told: every event with its category, level, ways and text.',
    role: 'viewer',
    responses: { 200: pageOf(templateResource) },
    handle: async () => ({
      items: [...catalogue.values()].map((row) => rendered(row, row.template.sample)),
      nextCursor: null,
    }),
  });
}

const params = z.object({ type: z.string().max(100) });

function show() {
  return route({
    method: 'get',
    path: '/templates/:type',
    summary: 'Renders a template for each channel, with data as it may come.',
    role: 'viewer',
    params,
    responses: { 200: previewResource },
    problems: ['template-not-found'],
    async handle({ params: { type } }) {
      const row = rowOf(type);
      return previewed(row, row.template.sample);
    },
  });
}

function preview() {
  return route({
    method: 'post',
    path: '/templates/:type/preview',
    summary: "Renders a template with an event's data that you give; tells nobody.",
    role: 'operator',
    params,
    body: z.strictObject({ data: z.unknown().optional().meta({ description: 'Default: data as it may come.' }) }),
    responses: { 200: previewResource },
    problems: ['template-not-found'],
    async handle({ params: { type }, body: { data } }) {
      const row = rowOf(type);
      const read = row.contract.data.safeParse(data ?? row.template.sample);
      if (read.success) return previewed(row, read.data);
      throw invalidInput(
        read.error.issues.map(({ path, message }) => ({ path: ['body', 'data', ...path].join('.'), message })),
      );
    },
  });
}

function rowOf(type: string): Row {
  const row = catalogue.get(type);
  if (!row) throw problem('template-not-found', { id: type });
  return row;
}

const rendered = (
  { contract, category, level = 'info', channels: ways = sentChannels, template }: Row,
  data: unknown,
) => ({
  ...{ id: contract.type, category, level, version: template.version, channels: ['inbox' as const, ...ways] },
  title: template.title(data),
  body: template.body(data),
});

function previewed(row: Row, data: unknown) {
  const shown = rendered(row, data);
  const content = { title: shown.title, body: shown.body, items: [], more: 0 };
  const footer = { why: 'Why somebody gets it is told here.', unsubscribeUrl: undefined };
  const mail = { subject: shown.title, text: asMailText(content, footer), html: asMailHtml(content, footer) };
  return { ...shown, data, mail, slack: asSlack(content) };
}
