import type { Action } from './action.ts';
import { type InLocales, nearest, ownLocale } from './locale.ts';
import { phrasesIn, thingsHappened } from './phrases.ts';

/** One thing that is said. */
export type Statement = {
  readonly title: string;
  readonly body: string;
  /** The page of the console that shows what it is about, as its path; null for what has none. */
  readonly link: string | null;
  /** What can be done about it on that page. Default: nothing. */
  readonly actions?: readonly Action[];
};

/** A statement and its language, as a tag (BCP 47). */
export type Text = Statement & { readonly locale: string };

/** What is said, before any channel gives it its form. */
export type Content = Text & {
  /** What a digest holds; empty for a notice by itself. */
  readonly items: readonly Statement[];
  /** How many more there are than `items` shows. */
  readonly more: number;
};

/** One thing by itself. */
export const contentOf = ({ title, body, link, locale, actions = [] }: Text): Content => ({
  title,
  body,
  link,
  locale,
  actions,
  items: [],
  more: 0,
});

/** Where the console is, its pages can be gone to from anywhere; where it is not known, nothing leads to them. @param base of the console, without a slash at its end. */
export function linked(content: Content, base: string | undefined): Content {
  const absolute = <One extends Statement>(one: One): One => ({
    ...one,
    link: base && one.link ? base + one.link : null,
    actions: base ? (one.actions ?? []).map((action) => ({ ...action, link: base + action.link })) : [],
  });
  return { ...absolute(content), items: content.items.map(absolute) };
}

/** Where the console shows what a person was told. */
const inboxPath = '/notifications';

/** A digest shows so many, and says how many more there are. */
const itemsShown = 20;

/** One message of several; what was gathered before is told by its parts. @param wish the language of the whole. @param many what many of one kind are called together. */
export function gatheredContent(
  contents: readonly Content[],
  wish: string,
  many: InLocales<(count: number) => string> = thingsHappened,
): Content {
  const [only] = contents;
  if (only && contents.length === 1) return only;
  const notices = contents.flatMap(({ title, body, link, actions = [], items }) =>
    items.length > 0 ? items : [{ title, body, link, actions }],
  );
  const count = contents.reduce((sum, { more }) => sum + more, notices.length);
  const items = notices.slice(0, itemsShown);
  const { locale, words } = nearest(wish, many);
  return { title: words(count), body: '', link: inboxPath, locale, items, more: count - items.length };
}

/** Plain text, for every channel that knows no more. */
export const asText = (content: Content): string =>
  paragraphsOf(content, ({ title, body }) => `- ${title}\n  ${body}`).join('\n\n');

/** Plain text with the pages to go to, and what can be done about each part of it. */
const linkedParagraphs = (content: Content): string[] => [
  ...paragraphsOf(content, ({ title, body, link, actions }) =>
    [`- ${title}`, body, ...(link ? [link] : []), ...actionLines(actions)].join('\n  '),
  ),
  ...(content.link ? [content.link] : []),
];

const actionLines = (actions: Statement['actions'] = []): string[] =>
  actions.map(({ label, link }) => `${label}: ${link}`);

const paragraphsOf = ({ body, items, more, locale }: Content, itemText: (item: Statement) => string): string[] => [
  ...(body ? [body] : []),
  ...items.map(itemText),
  ...(more > 0 ? [phrasesIn(locale).more(more)] : []),
];

type Footer = { readonly unsubscribeUrl?: string | undefined; readonly why: string };

export const asMailText = (content: Content, { unsubscribeUrl, why }: Footer): string =>
  [
    ...linkedParagraphs(content),
    ...actionLines(content.actions),
    '--',
    why,
    ...(unsubscribeUrl ? [`${phrasesIn(content.locale).unsubscribe}: ${unsubscribeUrl}`] : []),
  ].join('\n\n');

export const asMailHtml = (content: Content, { unsubscribeUrl, why }: Footer): string =>
  page(
    content.title,
    [
      ...(content.body ? [`<p>${escaped(content.body)}</p>`] : []),
      ...(content.items.length > 0 ? [`<ul>${content.items.map(listItem).join('')}</ul>`] : []),
      ...(content.more > 0 ? [`<p>${phrasesIn(content.locale).more(content.more)}</p>`] : []),
      ...(content.link ? [`<p>${anchor(content.link, phrasesIn(content.locale).look)}</p>`] : []),
      ...buttonsOf(content),
      `<hr><p style="color:#666;font-size:13px">${escaped(why)}`,
      ...(unsubscribeUrl ? [` ${anchor(unsubscribeUrl, phrasesIn(content.locale).unsubscribe)}`] : []),
      '</p>',
    ].join(''),
    content.locale,
  );

/** A whole page around what is already markup. @param locale its language; default English. */
export const page = (title: string, markup: string, locale: string = ownLocale): string =>
  `<!doctype html><html lang="${escaped(locale)}"><head><meta charset="utf-8"><title>${escaped(title)}</title></head>` +
  `<body style="font:16px/1.5 system-ui,sans-serif;max-width:40em;margin:2em auto;padding:0 1em">` +
  `<h1 style="font-size:20px">${escaped(title)}</h1>${markup}</body></html>`;

const listItem = ({ title, body, link, actions = [] }: Statement): string =>
  `<li><b>${link ? anchor(link, title) : escaped(title)}</b><br>${escaped(body)}${buttonsOf({ actions }).join('')}</li>`;

const buttonsOf = ({ actions = [] }: Pick<Statement, 'actions'>): string[] =>
  actions.length === 0
    ? []
    : [`<p>${actions.map(({ link, label }) => anchor(link, label, buttonStyle)).join(' ')}</p>`];

const buttonStyle =
  'display:inline-block;padding:6px 14px;border:1px solid #888;border-radius:6px;text-decoration:none';

const anchor = (url: string, text: string, style?: string): string =>
  `<a href="${escaped(url)}"${style ? ` style="${style}"` : ''}>${escaped(text)}</a>`;

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export const escaped = (text: string): string => text.replace(/[&<>"']/g, (one) => entities[one] ?? one);

/** Slack's message: a headline, a section for each paragraph, so that a long digest loses nothing, and buttons for what can be done; three special characters are escaped as it asks. */
export function asSlack(content: Content): { text: string; blocks: unknown[] } {
  const title = forSlack(content.title, 150);
  const sections = linkedParagraphs(content).map((paragraph) => forSlack(paragraph, 3_000));
  return {
    text: title,
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: title } },
      ...sections.map((text) => ({ type: 'section', text: { type: 'mrkdwn', text } })),
      ...slackButtons(content.actions),
    ],
  };
}

const slackButtons = (actions: Statement['actions'] = []): unknown[] =>
  actions.length === 0 ? [] : [{ type: 'actions', elements: actions.map(slackButton) }];

const slackButton = ({ name, label, link }: Action) => ({
  type: 'button',
  action_id: name,
  text: { type: 'plain_text', text: label },
  url: link,
});

/** Cut where it is too long, but never within a character or what stands for one. */
function forSlack(text: string, limit: number): string {
  let written = '';
  for (const character of text) {
    const next = '&<>'.includes(character) ? escaped(character) : character;
    if (written.length + next.length > limit) break;
    written += next;
  }
  return written;
}
