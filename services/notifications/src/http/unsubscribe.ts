import { Readable } from 'node:stream';
import { problem, type Route, route, type SignedPaths, streamed } from '@millrace/service';
import { z } from 'zod';
import { type Delivery, topicsOf } from '../domain/delivery.ts';
import { escaped, page } from '../domain/message.ts';
import { isMandatory, operatorsRoom, type PreferencesChange, type Topic, topics } from '../domain/preferences.ts';
import type { People } from '../store/people.ts';

type Parts = { readonly people: People; readonly paths: SignedPaths };

const goodForSeconds = 365 * 86_400;

const signature = { expires: z.string(), signature: z.string().max(100) };

/** What a token switches off. */
const subject = z.union([
  z.strictObject({ sub: z.string(), topics: z.array(z.enum(topics)).min(1), ...signature }),
  // Links of mails that are under way name one topic; they are good for a year.
  z
    .strictObject({ sub: z.string(), topic: z.enum(topics), ...signature })
    .transform(({ topic, ...rest }) => ({ ...rest, topics: [topic] })),
]);

const pathOf = (sub: string, told: readonly Topic[]): string =>
  `/unsubscribe/${encodeURIComponent(sub)}/${told.join(',')}`;

/**
 * The address that ends mails of all that this one tells of, but for what cannot be switched off; none when nothing is left of it, or for
 * what goes to no person. @param base where the outside reaches this service.
 */
export const unsubscribeLinks =
  (paths: SignedPaths, base: string) =>
  async (delivery: Pick<Delivery, 'recipient' | 'topic' | 'topics'>): Promise<string | undefined> => {
    const sub = delivery.recipient;
    const told = topicsOf(delivery).filter((topic) => !isMandatory(topic, 'email'));
    if (told.length === 0 || sub === operatorsRoom) return undefined;
    const signed = new URL(await paths.sign(pathOf(sub, told), goodForSeconds), base);
    const query = Object.fromEntries(signed.searchParams);
    const token = Buffer.from(JSON.stringify({ sub, topics: told, ...query })).toString('base64url');
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
      const { topics: told } = await read(parts, token);
      return html(
        'Not any more?',
        `<form method="post"><p>These mails will stop:</p><ul>${told.map((topic) => `<li>${escaped(topic)}</li>`).join('')}</ul>` +
          '<p>What has failed for good is mailed all the same.</p><button>Stop them</button></form>',
      );
    },
  }),
  route({
    ...shared,
    method: 'post',
    summary:
      'Switches off mails of all that the mail told of, for the person whom it was sent to. Twice is as good as once.',
    rawBody: {
      types: ['application/x-www-form-urlencoded', 'multipart/form-data', 'application/json'],
      limitBytes: 10_000,
    },
    responses: {
      200: z.object({ topics: z.array(z.enum(topics)), channel: z.literal('email'), isOn: z.literal(false) }),
    },
    async handle({ params: { token } }) {
      const { sub, topics: told } = await read(parts, token);
      const channels: PreferencesChange['channels'] = Object.fromEntries(
        told.map((topic) => [topic, { email: false }]),
      );
      await parts.people.change(sub, { channels });
      return { topics: told, channel: 'email' as const, isOn: false as const };
    },
  }),
];

const shared = {
  path: '/unsubscribe/:token',
  role: 'public',
  params: z.object({ token: z.string().max(2_000) }),
  problems: ['signature-invalid', 'link-expired'],
} as const satisfies Partial<Parameters<typeof route>[0]>;

async function read({ paths }: Parts, token: string): Promise<{ sub: string; topics: Topic[] }> {
  const told = subject.safeParse(parsed(token));
  if (!told.success) throw problem('signature-invalid', {});
  const { sub, topics: known, ...signed } = told.data;
  await paths.check(pathOf(sub, known), signed);
  return { sub, topics: known };
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
