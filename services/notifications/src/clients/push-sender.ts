import { createECDH, randomBytes } from 'node:crypto';
import { encrypt } from 'http_ece';
import type { BrowserKeys } from '../domain/browser.ts';
import type { Delivery } from '../domain/delivery.ts';
import { asText } from '../domain/message.ts';
import type { ChannelSender } from './channel-sender.ts';
import { httpSender, type Post } from './http-sender.ts';
import type { Vapid } from './vapid.ts';

/** Until then a push service keeps a message for a browser that is off. */
const keptSeconds = 86_400;

/** By RFC 8030: an endpoint that is no more. */
const gone = [404, 410];

/**
 * Web push: encrypted for the browser, so that the push service reads nothing. A repetition has the same topic, by which
 * the service replaces what it still holds, and the same id inside, by which the browser replaces what it shows.
 * Where there are no keys, everything is refused.
 */
export function pushSender({ vapid, ...tools }: Post & { readonly vapid: Vapid }): ChannelSender {
  const send = httpSender(
    tools,
    async (delivery, { browserKeys }) => {
      const { _id, to, level } = delivery;
      const authorization = await (await vapid())?.authorization(to);
      if (!authorization || !browserKeys) throw new Error(`delivery ${_id} has nothing to be encrypted with`);
      return {
        body: encrypted(JSON.stringify(asPush(delivery)), browserKeys),
        headers: {
          authorization,
          'content-encoding': 'aes128gcm',
          'content-type': 'application/octet-stream',
          ttl: `${keptSeconds}`,
          topic: _id.replaceAll('-', ''),
          urgency: level === 'critical' ? 'high' : 'normal',
        },
      };
    },
    gone,
  );
  return async (delivery, sending) => {
    if (!(await vapid())) return refused('no key for push is set up here; set VAPID_PRIVATE_KEY');
    return sending.browserKeys ? send(delivery, sending) : refused('the browser was signed off');
  };
}

/** What a push service takes in one message, less what encryption adds and the rest of this one. */
const pushedBytes = 3_000;

/** What a browser is shown; its service worker replaces by the id. */
const asPush = ({ _id, content, type, category, level, notificationId, traceId }: Delivery) => ({
  ...{ id: _id, type, category, level, notificationId, traceId, link: content.link },
  title: cut(content.title, 200),
  body: cut(asText(content), pushedBytes),
});

/** By bytes, and never within a character. */
function cut(text: string, bytes: number): string {
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(bytes));
  return read < text.length ? `${text.slice(0, read - 1)}…` : text;
}

const refused = (answer: string) => ({ verdict: 'refused', status: null, answer }) as const;

type Draw = { readonly salt: Buffer; readonly secret?: Buffer };

/** By RFC 8291, in one record. @param draw what is drawn anew for each message; given in tests alone. */
export function encrypted(text: string, { p256dh, auth }: BrowserKeys, draw: Draw = { salt: randomBytes(16) }): Buffer {
  const privateKey = createECDH('prime256v1');
  if (draw.secret) privateKey.setPrivateKey(draw.secret);
  else privateKey.generateKeys();
  const salt = draw.salt.toString('base64url');
  return encrypt(Buffer.from(text), { version: 'aes128gcm', privateKey, dh: p256dh, authSecret: auth, salt });
}
