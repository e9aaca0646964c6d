import { newSecret } from '@millrace/outside/signing';
import { z } from 'zod';
import { taskWebhookOf } from '../domain/ids.ts';
import type { Webhook, WebhookEvent } from '../domain/webhook.ts';
import { toWebhookResource } from './webhook-resource.ts';

/** A webhook that comes with a mesh or batch and hears of that alone. @param events those that it can ask for; default all of them. */
export const taskWebhook = <Event extends WebhookEvent>(events: readonly [Event, ...Event[]]) =>
  z
    .strictObject({
      url: z.url({ protocol: /^https?$/ }).max(2_048),
      events: z
        .array(z.enum(events))
        .min(1)
        .default([...events]),
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
export function newTaskWebhook(commandId: string, { url, events, secret = newSecret() }: Wish, task: Task): Webhook {
  const now = new Date();
  return {
    _id: taskWebhookOf(commandId),
    ...task,
    url,
    events: [...new Set(events)],
    secrets: [{ secret, until: null }],
    failingSince: null,
    disabledAt: null,
    disabledBecause: null,
    createdAt: now,
    updatedAt: now,
  };
}

/** What the answer to the command tells of it, beside the task: nothing when there is none. */
export const toTaskWebhook = (webhook: Webhook | null) =>
  webhook ? { webhook: { ...toWebhookResource(webhook), secret: webhook.secrets[0]?.secret ?? '' } } : {};
