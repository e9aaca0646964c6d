import { z } from 'zod';
import { eventContract, jobContract } from './contract.ts';

/** By which ways people can be reached. The inbox is the one that everybody has. */
export const noticeChannels = ['inbox', 'email', 'slack', 'webhook', 'push'] as const;

/** The ways out of the house. */
export const sentChannels = ['email', 'slack', 'webhook', 'push'] as const;

export const deliverNotification = jobContract({
  name: 'notification.deliver',
  queue: 'notifications.deliver',
  summary: 'Sends one message to one address by one channel; every attempt carries the same message id.',
  maxAttempts: 8,
  timeoutMs: 90_000,
  payload: z.object({
    deliveryId: z.uuid(),
    /** Grows by one each time that somebody has it sent again. */
    generation: z.int().nonnegative().default(0),
  }),
});

export const digestNotifications = jobContract({
  name: 'notification.digest',
  queue: 'notifications.deliver',
  summary: 'Makes one message of all that was gathered for a person and channel until the end of a span of time.',
  payload: z.object({ digestId: z.uuid() }),
});

export const remindOfAlert = jobContract({
  name: 'notification.remind',
  queue: 'notifications.deliver',
  summary: 'Reminds the operators of an alert, again and again, until somebody takes it on or it is over.',
  maxAttempts: 8,
  payload: z.object({ alertId: z.uuid(), round: z.int().positive() }),
});

/** Follows a `notification.deliver` that has ended without its handler, so that no delivery is left open. */
export const abandonDelivery = jobContract({
  name: 'notification.abandon',
  queue: 'notifications.deliver',
  summary: 'Marks a delivery as failed whose job has ended without a word of its handler.',
  payload: z.object({ deliveryId: z.uuid(), generation: z.int().nonnegative(), reason: z.string() }),
});

export const notificationDelivered = eventContract({
  type: 'notification.delivered',
  summary: 'A message was taken by its receiver.',
  data: z.object({
    deliveryId: z.uuid(),
    recipient: z.string(),
    channel: z.enum(sentChannels),
    /** The events that it tells of. */
    eventIds: z.array(z.string()),
    attempts: z.int().positive(),
  }),
});
