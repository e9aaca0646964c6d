import type { Secret } from '@millrace/outside/signing';

/** What a webhook can ask for. */
export const meshEvents = ['mesh.completed', 'mesh.failed', 'mesh.cancelled'] as const;
export const batchEvents = ['batch.completed', 'batch.failed'] as const;
export const webhookEvents = [...meshEvents, ...batchEvents] as const;
export type WebhookEvent = (typeof webhookEvents)[number];

export type Webhook = {
  readonly _id: string;
  readonly ownerId: string;
  /** Everything of this project, whoever's it is; null hears of everything of its owner's. Absent in rows of before there was a choice. */
  readonly projectId?: string | null;
  /** This mesh or batch alone, which may be one of the project's; null or absent for no single one. */
  readonly taskId?: string | null;
  readonly url: string;
  readonly events: readonly WebhookEvent[];
  readonly secrets: readonly Secret[];
  /** Since when no delivery has succeeded; null while the last one has. */
  readonly failingSince: Date | null;
  readonly disabledAt: Date | null;
  readonly disabledBecause: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

type Given = Pick<Webhook, '_id' | 'ownerId' | 'url' | 'events'> & {
  readonly projectId: string | null;
  readonly taskId: string | null;
  /** What signs. */
  readonly secret: string;
};

/** A webhook that has sent nothing yet. */
export function newWebhook({ secret, events, ...given }: Given, at = new Date()): Webhook {
  return {
    ...given,
    events: [...new Set(events)],
    secrets: [{ secret, until: null }],
    failingSince: null,
    disabledAt: null,
    disabledBecause: null,
    createdAt: at,
    updatedAt: at,
  };
}

export const deliveryStates = ['pending', 'retrying', 'delivered', 'failed'] as const;

type Attempt = {
  readonly at: Date;
  readonly status: number | null;
  readonly tookMs: number;
  readonly error: string | null;
};

export type Delivery = {
  readonly _id: string;
  readonly webhookId: string;
  readonly eventId: string;
  readonly type: WebhookEvent;
  /** What is sent, byte for byte, however often. */
  readonly body: string;
  readonly state: (typeof deliveryStates)[number];
  readonly attempts: readonly Attempt[];
  readonly createdAt: Date;
  readonly updatedAt: Date;
};
