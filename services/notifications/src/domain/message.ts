/** What is said, before any channel gives it its form. */
export type Content = {
  readonly title: string;
  readonly body: string;
  /** What a digest holds; empty for a notice by itself. */
  readonly items: readonly { readonly title: string; readonly body: string }[];
  /** How many more there are than `items` shows. */
  readonly more: number;
};

/** A digest shows so many, and says how many more there are. */
const itemsShown = 20;

/** One message of several; what was gathered before is told by its parts. @param titleOf what many of one kind are called together. */
export function gatheredContent(
  contents: readonly Content[],
  titleOf: (count: number) => string = (count) => `${count} things have happened`,
): Content {
  const [only] = contents;
  if (only && contents.length === 1) return only;
  const notices = contents.flatMap(({ title, body, items }) => (items.length > 0 ? items : [{ title, body }]));
  const count = contents.reduce((sum, { more }) => sum + more, notices.length);
  const items = notices.slice(0, itemsShown).map(({ title, body }) => ({ title, body }));
  return { title: titleOf(count), body: '', items, more: count - items.length };
}

/** Plain text, for every channel that knows no more. */
export const asText = ({ body, items, more }: Content): string =>
  [
    ...(body ? [body] : []),
    ...items.map((item) => `- ${item.title}\n  ${item.body}`),
    ...(more > 0 ? [`… and ${more} more`] : []),
  ].join('\n\n');

type Footer = { readonly unsubscribeUrl?: string | undefined; readonly why: string };

export const asMailText = (content: Content, { unsubscribeUrl, why }: Footer): string =>
  [asText(content), '--', why, ...(unsubscribeUrl ? [`Not any more: ${unsubscribeUrl}`] : [])].join('\n\n');

export const asMailHtml = (content: Content, { unsubscribeUrl, why }: Footer): string =>
  page(
    content.title,
    [
      ...(content.body ? [`<p>${escaped(content.body)}</p>`] : []),
      ...(content.items.length > 0 ? [`<ul>${content.items.map(listItem).join('')}</ul>`] : []),
      ...(content.more > 0 ? [`<p>… and ${content.more} more</p>`] : []),
      `<hr><p style="color:#666;font-size:13px">${escaped(why)}`,
      ...(unsubscribeUrl ? [` <a href="${escaped(unsubscribeUrl)}">Not any more</a>`] : []),
      '</p>',
    ].join(''),
  );

/** A whole page around what is already markup. */
export const page = (title: string, markup: string): string =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escaped(title)}</title></head>` +
  `<body style="font:16px/1.5 system-ui,sans-serif;max-width:40em;margin:2em auto;padding:0 1em">` +
  `<h1 style="font-size:20px">${escaped(title)}</h1>${markup}</body></html>`;

const listItem = ({ title, body }: { title: string; body: string }): string =>
  `<li><b>${escaped(title)}</b><br>${escaped(body)}</li>`;

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export const escaped = (text: string): string => text.replace(/[&<>"']/g, (one) => entities[one] ?? one);

/** Slack's message: a headline and a section; its three special characters are escaped as it asks. */
export function asSlack(content: Content): { text: string; blocks: unknown[] } {
  const title = forSlack(content.title, 150);
  const text = forSlack(asText(content), 3_000);
  return {
    text: title,
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: title } },
      ...(text ? [{ type: 'section', text: { type: 'mrkdwn', text } }] : []),
    ],
  };
}

const forSlack = (text: string, limit: number): string =>
  text.slice(0, limit).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').slice(0, limit);
