import { createHmac, randomBytes } from 'node:crypto';

/** A secret of a receiver. One that has been replaced signs beside the new one until it ends. */
export type Secret = { readonly secret: string; readonly until: Date | null };

export const newSecret = (): string => `whsec_${randomBytes(24).toString('base64')}`;

const overlapMs = 86_400_000;

/** A new secret in front; those before it go on signing for a day. */
export const rotated = (secrets: readonly Secret[], secret: string, now: Date): Secret[] => [
  { secret, until: null },
  ...secrets
    .filter(({ until }) => until === null || until > now)
    .map((old) => ({ ...old, until: old.until ?? new Date(now.getTime() + overlapMs) })),
];

/**
 * The headers of Standard Webhooks: one signature for each secret that holds.
 * @param id the same however often the message is sent.
 */
export function signedHeaders(
  secrets: readonly Secret[],
  { id, body }: { readonly id: string; readonly body: string },
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
