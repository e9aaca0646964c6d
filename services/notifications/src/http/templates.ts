import { invalidInput, pageOf, paging, type Route, route, wholeListQuery } from '@millrace/service';
import { z } from 'zod';
import { catalogue, type Row, textOf } from '../domain/catalogue.ts';
import { categories } from '../domain/category.ts';
import { channels, sentChannels } from '../domain/channel.ts';
import { ownLocale } from '../domain/locale.ts';
import { asMailHtml, asMailText, asSlack, contentOf, linked } from '../domain/message.ts';
import { actions, link, shownActions } from './link.ts';
import { locale } from './locale-tag.ts';
import { toldRow } from './told-row.ts';

type Links = { readonly CONSOLE_URL?: string | undefined };

/** What people are told of which event, and how it reads. */
export const templateRoutes = (links: Links): Route[] => [list(), show(links), preview(links)];

const facts = {
  id: z.string().meta({ description: 'The type of the event.' }),
  category: z.enum(categories),
  level: z.enum(['info', 'failure', 'critical']),
  version: z.int().positive(),
  channels: z.array(z.enum(channels)).meta({ description: 'The ways that it goes, as far as people want them.' }),
  title: z.string(),
  body: z.string(),
  link,
  actions,
  locale: z.string().meta({ description: 'The language of title and body, as a tag (BCP 47).' }),
  locales: z.array(z.string()).meta({ description: 'The languages that it has words in.' }),
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

const byType = paging('templates', [['id', 1]]);

function list() {
  return route({
    method: 'get',
    path: '/templates',
    summary: 'Lists what people are told: every event with its category, level, ways and text.',
    role: 'viewer',
    query: z.strictObject(wholeListQuery),
    responses: { 200: pageOf(templateResource) },
    handle: async ({ query }) =>
      byType.pageOfAll(
        [...catalogue.values()].map((row) => rendered(row, row.template.sample)),
        query,
      ),
  });
}

const params = z.object({ type: z.string().max(100) });

function show({ CONSOLE_URL: consoleUrl }: Links) {
  return route({
    method: 'get',
    path: '/templates/:type',
    summary: 'Renders a template for each channel, with data as it may come.',
    role: 'viewer',
    params,
    query: z.object({ locale: locale.optional() }),
    responses: { 200: previewResource },
    problems: ['template-not-found'],
    async handle({ params: { type }, query: { locale: wish } }) {
      const row = toldRow(type);
      return previewed(row, row.template.sample, { consoleUrl, wish });
    },
  });
}

function preview({ CONSOLE_URL: consoleUrl }: Links) {
  return route({
    method: 'post',
    path: '/templates/:type/preview',
    summary: "Renders a template with an event's data that you give; tells nobody.",
    role: 'operator',
    params,
    body: z.strictObject({
      data: z.unknown().optional().meta({ description: 'Default: data as it may come.' }),
      locale: locale.optional(),
    }),
    responses: { 200: previewResource },
    problems: ['template-not-found'],
    async handle({ params: { type }, body: { data, locale: wish } }) {
      const row = toldRow(type);
      const read = row.contract.data.safeParse(data ?? row.template.sample);
      if (read.success) return previewed(row, read.data, { consoleUrl, wish });
      throw invalidInput(
        read.error.issues.map(({ path, message }) => ({ path: ['body', 'data', ...path].join('.'), message })),
      );
    },
  });
}

function rendered(row: Row, data: unknown, wish?: string) {
  const { contract, category, level = 'info', channels: ways = sentChannels, template } = row;
  const text = textOf(row, data, wish);
  return {
    ...{ id: contract.type, category, level, version: template.version, channels: ['inbox' as const, ...ways] },
    locales: [ownLocale, ...Object.keys(template.translations ?? {})],
    ...text,
    actions: shownActions(text.actions),
  };
}

function previewed(
  row: Row,
  data: unknown,
  { consoleUrl, wish }: { consoleUrl: string | undefined; wish: string | undefined },
) {
  const shown = rendered(row, data, wish);
  const content = linked(contentOf(shown), consoleUrl);
  const footer = { why: 'Why somebody gets it is told here.', unsubscribeUrl: undefined };
  const mail = { subject: shown.title, text: asMailText(content, footer), html: asMailHtml(content, footer) };
  return { ...shown, data, mail, slack: asSlack(content) };
}
