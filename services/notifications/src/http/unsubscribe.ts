import { Readable } from 'node:stream';
import { problem, type Route, route, type SignedPaths, streamed } from '@millrace/service';
import { z } from 'zod';
import type { Delivery } from '../domain/delivery.ts';
import { escaped, page } from '../domain/message.ts';
import { isMandatory, operatorsRoom, type Topic, topics } from '../domain/preferences.ts';
import type { People } from '../store/people.ts';

type Parts = { readonly people: People; readonly paths: SignedPaths };

const goodForSeconds = 365 * 86_400;

/** What a token switches off. */
const subject = z.strictObject({
  sub: z.string(),
  topic: z.enum(topics),
  expires: z.string(),
  signature: z.string().max(100),
});

const pathOf = (sub: string, topic: Topic): string => `/unsubscribe/${encodeURIComponent(sub)}/${topic}`;

/** The address that ends mails like this one; none for what cannot be switched off, or goes to no person. @param base where the outside reaches this service. */
export const unsubscribeLinks =
  (paths: SignedPaths, base: string) =>
  async ({ recipient: sub, topic }: Delivery): Promise<string | undefined> => {
    if (isMandatory(topic, 'email') || sub === operatorsRoom) return undefined;
    const signed = new URL(await paths.sign(pathOf(sub, topic), goodForSeconds), base);
    const { expires, signature } = Object.fromEntries(signed.searchParams);
    const token = Buffer.from(JSON.stringify({ sub, topic, expires, signature })).toString('base64url');
    return `${base}/unsubscribe/${token}`;
  };

/** One click by RFC 8058: opening the page changes nothing, only POST does. Who has the mail needs no token of their own. */
export const unsubscribeRoutes = (parts: Parts): Route[] => [
  route({
    ...shared,
    method: 'get',
    summary: 'Shows what the link of a mail switches off; changes nothing.',
    responses: { 200: { description: 'A page with a button.', mediaType: 'text/html' } },
    async handle({ params: { token } }) {
      const { topic } = await read(parts, token);
      return html(
        'Not any more?',
        `<form method="post"><p>Mails on ${escaped(topic)} will stop.</p><button>Stop them</button></form>`,
      );
    },
  }),
  route({
    ...shared,
    method: 'post',
    summary: 'Switches off mails of one kind for the person whom the link was sent to. Twice is as good as once.',
    rawBody: {
      types: ['application/x-www-form-urlencoded', 'multipart/form-data', 'application/json'],
      limitBytes: 10_000,
    },
    responses: { 200: z.object({ topic: z.enum(topics), channel: z.literal('email'), isOn: z.literal(false) }) },
    async handle({ params: { token } }) {
      const { sub, topic } = await read(parts, token);
      await parts.people.change(sub, { channels: { [topic]: { email: false } } });
      return { topic, channel: 'email' as const, isOn: false as const };
    },
  }),
];

const shared = {
  path: '/unsubscribe/:token',
  role: 'public',
  params: z.object({ token: z.string().max(2_000) }),
  problems: ['signature-invalid', 'link-expired'],
} as const satisfies Partial<Parameters<typeof route>[0]>;

async function read({ paths }: Parts, token: string): Promise<{ sub: string; topic: Topic }> {
  const told = subject.safeParse(parsed(token));
  if (!told.success) throw problem('signature-invalid', {});
  const { sub, topic, ...signature } = told.data;
  await paths.check(pathOf(sub, topic), signature);
  return { sub, topic };
}

function parsed(token: string): unknown {
  try {
    return JSON.parse(Buffer.from(token, 'base64url').toString());
  } catch {
    return undefined;
  }
}

const html = (title: string, markup: string) =>
  streamed(Readable.from([page(title, markup)]), { 'Content-Type': 'text/html; charset=utf-8' });
