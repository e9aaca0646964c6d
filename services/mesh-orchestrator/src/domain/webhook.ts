import { createHmac, randomBytes } from 'node:crypto';

/** What a webhook can ask for. */
export const webhookEvents = [
  'mesh.completed',
  'mesh.failed',
  'mesh.cancelled',
  'batch.completed',
  'batch.failed',
] as const;
export type WebhookEvent = (typeof webhookEvents)[number];

/** One that has been replaced signs beside the new one until it ends. */
type Secret = { readonly secret: string; readonly until: Date | null };

export type Webhook = {
  readonly _id: string;
  readonly ownerId: string;
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

export const newSecret = (): string => `whsec_${randomBytes(24).toString('base64')}`;

const overlapMs = 86_400_000;

/** A new secret in front; those before it go on signing for a day. */
export const rotated = (secrets: readonly Secret[], secret: string, now: Date): Secret[] => [
  { secret, until: null },
  ...secrets
    .filter(({ until }) => until === null || until > now)
    .map((old) => ({ ...old, until: old.until ?? new Date(now.getTime() + overlapMs) })),
];

/** The headers of Standard Webhooks: one signature for each secret that holds. */
export function signedHeaders(
  { secrets }: Pick<Webhook, 'secrets'>,
  { _id: id, body }: Pick<Delivery, '_id' | 'body'>,
  now: Date,
): Record<string, string> {
  const timestamp = `${Math.floor(now.getTime() / 1_000)}`;
  const signatures = secrets
    .filter(({ until }) => until === null || until > now)
    .map(({ secret }) => {
      const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
      return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
    });
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') };
}
