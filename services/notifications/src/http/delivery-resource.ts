import { z } from 'zod';
import { categories } from '../domain/category.ts';
import { channels } from '../domain/channel.ts';
import { type Delivery, deliveryKinds, deliveryStates, topicsOf } from '../domain/delivery.ts';
import { asText } from '../domain/message.ts';
import { topics } from '../domain/preferences.ts';
import { link } from './link.ts';

const time = z.iso.datetime();

export const deliveryResource = z
  .object({
    id: z.uuid().meta({ description: 'The webhook-id, and the local part of the Message-ID, of every attempt.' }),
    kind: z.enum(deliveryKinds),
    recipient: z.string(),
    channel: z.enum(channels),
    to: z.string(),
    topic: z.enum(topics),
    topics: z.array(z.enum(topics)).meta({ description: 'All that it tells of; several for a digest.' }),
    category: z.enum(categories),
    level: z.enum(['info', 'failure', 'critical']),
    notificationId: z.uuid().nullable(),
    eventIds: z.array(z.string()),
    type: z.string(),
    templateVersion: z.int().nullable().meta({ description: 'Of the template that made the text; null for several.' }),
    happenedAt: time.nullable().meta({ description: 'When the event happened, of several the oldest.' }),
    title: z.string(),
    body: z.string(),
    link,
    why: z.string(),
    state: z.enum(deliveryStates),
    reason: z.string().nullable(),
    digestId: z.uuid().nullable(),
    notBefore: time.nullable(),
    generation: z.int().nonnegative(),
    attempts: z.array(
      z.object({
        at: time,
        verdict: z.enum(['taken', 'again', 'unknown', 'refused', 'bounced']),
        status: z.int().nullable(),
        answer: z.string().nullable(),
        tookMs: z.number().nullable(),
      }),
    ),
    repeats: z.int().nonnegative().meta({ description: 'Attempts that may have told it twice, under the same id.' }),
    timeline: z.array(z.object({ at: time, state: z.enum(deliveryStates), reason: z.string().nullable() })),
    traceId: z.string().nullable(),
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: 'Delivery', description: 'One message to one address.' });

export const toDeliveryResource = ({ _id, content, ...shown }: Delivery): z.input<typeof deliveryResource> => ({
  ...shown,
  id: _id,
  title: content.title,
  body: asText(content),
  link: content.link ?? null,
  topics: [...topicsOf(shown)],
  eventIds: [...shown.eventIds],
  templateVersion: shown.templateVersion ?? null,
  happenedAt: shown.happenedAt?.toISOString() ?? null,
  notBefore: shown.notBefore?.toISOString() ?? null,
  attempts: shown.attempts.map((attempt) => ({ ...attempt, at: attempt.at.toISOString() })),
  timeline: shown.timeline.map((entry) => ({ ...entry, at: entry.at.toISOString() })),
  createdAt: shown.createdAt.toISOString(),
  updatedAt: shown.updatedAt.toISOString(),
});
