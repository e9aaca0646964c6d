import { z } from 'zod';
import { type Delivery, deliveryStates, type Webhook, type WebhookEvent, webhookEvents } from '../domain/webhook.ts';

const time = z.iso.datetime();

export const webhookResource = z
  .object({
    id: z.uuid(),
    ownerId: z.string(),
    projectId: z.string().nullable().meta({ description: 'Of all of this project’s; null: of all of its owner’s.' }),
    taskId: z.string().nullable().meta({ description: 'Of this mesh or batch alone, with which it came.' }),
    url: z.string(),
    events: z.array(z.enum(webhookEvents)),
    failingSince: time.nullable(),
    disabledAt: time.nullable(),
    disabledBecause: z.string().nullable(),
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: 'Webhook', description: 'The webhook.' });

/** What somebody says of a webhook that they want. @param events those that it can ask for; default all of them. */
export const webhookWish = <Event extends WebhookEvent>(events: readonly [Event, ...Event[]]) => ({
  url: z.url({ protocol: /^https?$/ }).max(2_048),
  events: z
    .array(z.enum(events))
    .min(1)
    .default([...events]),
});

/** Shown once, when it is made. */
export const webhookWithSecret = webhookResource.extend({ secret: z.string() });

/** The webhook that a mesh or batch has brought. */
export const taskWebhookField = webhookWithSecret
  .optional()
  .meta({ description: 'The webhook that came with it, in the answer to that alone: its secret is not told again.' });

export const deliveryResource = z
  .object({
    id: z.uuid().meta({ description: 'The webhook-id of its messages.' }),
    webhookId: z.uuid(),
    eventId: z.string(),
    type: z.enum(webhookEvents),
    body: z.string(),
    state: z.enum(deliveryStates),
    attempts: z.array(
      z.object({ at: time, status: z.int().nullable(), tookMs: z.number(), error: z.string().nullable() }),
    ),
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: 'WebhookDelivery', description: 'The delivery.' });

const iso = (date: Date | null) => date?.toISOString() ?? null;

/** A webhook as the outside sees it, without its secrets. */
export const toWebhookResource = ({ _id, secrets: _s, ...shown }: Webhook): z.input<typeof webhookResource> => ({
  ...shown,
  id: _id,
  projectId: shown.projectId ?? null,
  taskId: shown.taskId ?? null,
  events: [...shown.events],
  failingSince: iso(shown.failingSince),
  disabledAt: iso(shown.disabledAt),
  createdAt: shown.createdAt.toISOString(),
  updatedAt: shown.updatedAt.toISOString(),
});

/** The same with the secret that signs now, for whoever has just made it. */
export const toWebhookWithSecret = (webhook: Webhook): z.input<typeof webhookWithSecret> => ({
  ...toWebhookResource(webhook),
  secret: webhook.secrets[0]?.secret ?? '',
});

export const toDeliveryResource = ({ _id, ...shown }: Delivery): z.input<typeof deliveryResource> => ({
  ...shown,
  id: _id,
  attempts: shown.attempts.map((attempt) => ({ ...attempt, at: attempt.at.toISOString() })),
  createdAt: shown.createdAt.toISOString(),
  updatedAt: shown.updatedAt.toISOString(),
});
