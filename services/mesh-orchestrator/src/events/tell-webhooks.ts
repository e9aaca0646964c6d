import { deliverWebhook } from '@millrace/contracts/mesh';
import type { Jobs } from '@millrace/jobs';
import { deliveryOf } from '../domain/ids.ts';
import type { WebhookEvent } from '../domain/webhook.ts';
import type { Webhooks } from '../store/webhooks.ts';

type Heard = { readonly id: string; readonly at: Date; readonly data: { readonly ownerId: string } };

export type TellWebhooks = (type: WebhookEvent, event: Heard) => Promise<void>;

/** Has an event delivered to each webhook of its owner that asks for it. The same event again commands the same deliveries. */
export const tellWebhooks =
  ({ webhooks, jobs }: { webhooks: Webhooks; jobs: Promise<Pick<Jobs, 'enqueue'>> }): TellWebhooks =>
  async (type, { id: eventId, at, data }) => {
    for (const { _id: webhookId } of await webhooks.hearing(data.ownerId, type)) {
      const _id = deliveryOf(webhookId, eventId);
      const now = new Date();
      const body = JSON.stringify({ type, timestamp: new Date(at).toISOString(), data });
      const fields = {
        webhookId,
        eventId,
        type,
        body,
        state: 'pending',
        attempts: [],
        createdAt: now,
        updatedAt: now,
      } as const;
      await webhooks.addDelivery({ _id, ...fields });
      await (await jobs).enqueue(deliverWebhook, { deliveryId: _id }, { id: _id });
    }
  };
