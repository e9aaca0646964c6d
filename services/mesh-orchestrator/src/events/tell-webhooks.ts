import { deliverWebhook } from '@millrace/contracts/mesh';
import type { Jobs } from '@millrace/jobs';
import type { Projects } from '../clients/projects.ts';
import { deliveryOf } from '../domain/ids.ts';
import { projectOf } from '../domain/mesh.ts';
import type { Webhook, WebhookEvent } from '../domain/webhook.ts';
import type { Meshes } from '../store/meshes.ts';
import type { Webhooks } from '../store/webhooks.ts';

type Heard = {
  readonly id: string;
  readonly at: Date;
  readonly data: { readonly ownerId: string } & (
    | { readonly meshId: string }
    | { readonly batchId: string; readonly projectId: string }
  );
};

type Deps = {
  readonly webhooks: Webhooks;
  readonly meshes: Pick<Meshes, 'find'>;
  readonly projects: Pick<Projects, 'isOpenTo'>;
  readonly jobs: Promise<Pick<Jobs, 'enqueue'>>;
};

export type TellWebhooks = (type: WebhookEvent, event: Heard) => Promise<void>;

/**
 * Has an event delivered to each webhook that asks for it: its owner's, those of its project whose owners may see that project now, and those
 * that came with the mesh or batch.
 * The same event again commands the same deliveries.
 */
export const tellWebhooks =
  ({ webhooks, meshes, projects, jobs }: Deps): TellWebhooks =>
  async (type, { id: eventId, at, data }) => {
    const projectId = await projectIn(data, meshes);
    const taskId = 'meshId' in data ? data.meshId : data.batchId;
    for (const webhook of await webhooks.asking(type, { taskId, ownerId: data.ownerId, projectId })) {
      if (!(await mayHear(webhook, data.ownerId, projects))) continue;
      const webhookId = webhook._id;
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

/** Who was let out of a project hears no more of it; what is their own they hear of anyway. */
const mayHear = async (webhook: Webhook, ownerId: string, projects: Deps['projects']): Promise<boolean> =>
  webhook.ownerId === ownerId || !webhook.projectId || projects.isOpenTo(webhook.projectId, webhook.ownerId);

/** Null for a mesh of a picture that lies elsewhere. */
async function projectIn(data: Heard['data'], meshes: Deps['meshes']): Promise<string | null> {
  if (!('meshId' in data)) return data.projectId;
  const mesh = await meshes.find(data.meshId);
  return mesh && projectOf(mesh.source);
}
