import { deliverWebhook } from '@millrace/contracts/mesh';
import type { Jobs } from '@millrace/jobs';
import { deliveryOf } from '../domain/ids.ts';
import type { WebhookEvent } from '../domain/webhook.ts';
import type { Meshes } from '../store/meshes.ts';
import type { Webhooks } from '../store/webhooks.ts';

type Heard = {
  readonly id: string;
  readonly at: Date;
  readonly data: { readonly ownerId: string } & ({ readonly meshId: string } | { readonly projectId: string });
};

type Deps = {
  readonly webhooks: Webhooks;
  readonly meshes: Pick<Meshes, 'find'>;
  readonly jobs: Promise<Pick<Jobs, 'enqueue'>>;
};

export type TellWebhooks = (type: WebhookEvent, event: Heard) => Promise<void>;

/** Has an event delivered to each webhook of its owner that asks for it. The same event again commands the same deliveries. */
export const tellWebhooks =
  ({ webhooks, meshes, jobs }: Deps): TellWebhooks =>
  async (type, { id: eventId, at, data }) => {
    const projectId = await projectOf(data, meshes);
    for (const { _id: webhookId } of await webhooks.hearing(data.ownerId, type, projectId)) {
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

/** Null for a mesh of a picture that lies elsewhere. */
async function projectOf(data: Heard['data'], meshes: Deps['meshes']): Promise<string | null> {
  if ('projectId' in data) return data.projectId;
  const source = (await meshes.find(data.meshId))?.source;
  return source?.kind === 'project' ? source.projectId : null;
}
