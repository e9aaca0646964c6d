import { newSecret } from '@millrace/outside/signing';
import { z } from 'zod';
import { taskWebhookOf } from '../domain/ids.ts';
import { newWebhook, type Webhook, type WebhookEvent } from '../domain/webhook.ts';
import type { Webhooks } from '../store/webhooks.ts';
import { toWebhookWithSecret, webhookWish } from './webhook-resource.ts';

/** A webhook that comes with a mesh or batch and hears of that alone. @param events those that it can ask for; default all of them. */
export const taskWebhook = <Event extends WebhookEvent>(events: readonly [Event, ...Event[]]) =>
  z
    .strictObject({
      ...webhookWish(events),
      secret: z
        .string()
        .regex(/^whsec_[A-Za-z0-9+/]{32,86}={0,2}$/, 'must be whsec_ and 24 to 64 bytes in base64')
        .optional()
        .meta({ description: 'What signs, whsec_ and base64. Default: a new one, which the answer tells.' }),
    })
    .optional()
    .meta({ description: 'Told of this one’s end, signed by Standard Webhooks.' });

type Wish = { readonly url: string; readonly events: readonly WebhookEvent[]; readonly secret?: string | undefined };

type Task = { readonly taskId: string; readonly projectId: string | null; readonly ownerId: string };

/** The webhook as it is stored, by one id for a command however often that comes. */
export const newTaskWebhook = (commandId: string, { url, events, secret = newSecret() }: Wish, task: Task): Webhook =>
  newWebhook({ _id: taskWebhookOf(commandId), ...task, url, events, secret });

/** What the answer to a command tells of the webhook that came with it, beside the task: nothing when none did. */
export async function shownTaskWebhook(
  webhooks: Pick<Webhooks, 'find'>,
  { webhook: wish }: { readonly webhook?: Wish | undefined },
  commandId: string,
) {
  const webhook = wish && (await webhooks.find(taskWebhookOf(commandId)));
  return webhook ? { webhook: toWebhookWithSecret(webhook) } : {};
}
