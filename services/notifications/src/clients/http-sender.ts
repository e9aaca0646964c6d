import { AddressRefused, type OutsidePost } from '@millrace/outside';
import { signedHeaders } from '@millrace/outside/signing';
import type { Delivery, Verdict } from '../domain/delivery.ts';
import { asSlack, asText } from '../domain/message.ts';
import { type ChannelSender, excerpt, type Said, type Sending } from './channel-sender.ts';

export type Post = { readonly post: OutsidePost; readonly timeoutMs: number };

type Message = { readonly headers: Readonly<Record<string, string>>; readonly body: string | Uint8Array };

/** A webhook signed by Standard Webhooks; its `webhook-id` and body are the same however often it is sent. */
export const webhookSender = (tools: Post): ChannelSender =>
  httpSender(tools, (delivery, { secrets }) => {
    const body = JSON.stringify({
      type: delivery.type,
      timestamp: delivery.createdAt.toISOString(),
      data: {
        deliveryId: delivery._id,
        notificationId: delivery.notificationId,
        category: delivery.category,
        title: delivery.content.title,
        body: asText(delivery.content),
        link: delivery.content.link,
        actions: delivery.content.actions ?? [],
        eventIds: delivery.eventIds,
        traceId: delivery.traceId,
      },
    });
    return { body, headers: signedHeaders(secrets, { id: delivery._id, body }, new Date()) };
  });

/** A message to an incoming webhook of Slack, or of what speaks its language; it carries the same `webhook-id`, for whoever looks. */
export const slackSender = (tools: Post): ChannelSender =>
  httpSender(tools, ({ _id, content }) => ({
    body: JSON.stringify(asSlack(content)),
    headers: { 'webhook-id': _id },
  }));

/** @param gone the statuses by which a receiver says that the address is none any more; default 410. */
export function httpSender(
  { post, timeoutMs }: Post,
  messageOf: (delivery: Delivery, sending: Sending) => Message | Promise<Message>,
  gone: readonly number[] = [410],
): ChannelSender {
  return async (delivery, sending) => {
    const { headers, body } = await messageOf(delivery, sending);
    try {
      const answer = await post(delivery.to, {
        headers: { 'content-type': 'application/json', 'user-agent': 'millrace', ...headers },
        body,
        signal: AbortSignal.any([sending.signal, AbortSignal.timeout(timeoutMs)]),
      });
      const text = await startOf(answer.body as AsyncIterable<Uint8Array> | null).catch(() => '');
      return { verdict: verdictOf(answer.status, text, gone), status: answer.status, answer: excerpt(text) };
    } catch (error) {
      sending.signal.throwIfAborted();
      return failureOf(innermost(error));
    }
  };
}

const answerBytes = 2_048;

/** As much of the answer as is looked at; the rest is left where it is. */
async function startOf(body: AsyncIterable<Uint8Array> | null): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of body ?? []) {
    parts.push(part);
    bytes += part.byteLength;
    if (bytes >= answerBytes) break;
  }
  return Buffer.concat(parts).subarray(0, answerBytes).toString();
}

/** What Slack answers when the hook or its channel is no more. */
const goneForSlack = ['no_service', 'no_team', 'channel_not_found', 'channel_is_archived', 'team_disabled'];
const triedAgain = [408, 425, 429];

function verdictOf(status: number, answer: string, gone: readonly number[]): Verdict {
  if (status >= 200 && status < 300) return 'taken';
  if (gone.includes(status) || goneForSlack.includes(answer.trim())) return 'bounced';
  return status >= 500 || triedAgain.includes(status) ? 'again' : 'refused';
}

/** Before a connection stands, nothing can have arrived. */
const neverSent = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT'];

function failureOf(error: Told): Said {
  const answer = excerpt(error.message);
  if (error instanceof AddressRefused) return { verdict: 'refused', status: null, answer };
  return { verdict: neverSent.includes(String(error.code)) ? 'again' : 'unknown', status: null, answer };
}

type Told = { readonly message: string; readonly code?: unknown; readonly cause?: unknown };

/** What lies above says only that it failed. Told by its form: errors of the system may come from another realm. */
const innermost = (error: unknown): Told => {
  const told = isTold(error) ? error : { message: 'it could not be sent' };
  return isTold(told.cause) ? innermost(told.cause) : told;
};

const isTold = (error: unknown): error is Told =>
  typeof error === 'object' && error !== null && typeof (error as Told).message === 'string';
