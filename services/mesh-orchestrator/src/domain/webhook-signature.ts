import { createHmac, timingSafeEqual } from 'node:crypto';

/** A message with the headers by which Standard Webhooks sign it. */
export type Signed = {
  readonly id: string | undefined;
  readonly timestamp: string | undefined;
  /** Several, parted by spaces, while a secret is being changed. */
  readonly signature: string | undefined;
  readonly body: string;
};

/** Clocks may differ so much; older ones are somebody's recording. */
const toleranceSeconds = 300;

/** `v1,<base64 of HMAC-SHA256 over id.timestamp.body>` */
const signatureOf = (
  secret: string,
  { id, timestamp, body }: { id: string; timestamp: string; body: string },
): string => `v1,${createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64')}`;

/** Why a message is not to be believed; undefined when it is. */
export function distrust(secret: string, { id, timestamp, signature, body }: Signed, now: Date): string | undefined {
  if (!id || !timestamp || !signature) return 'webhook-id, webhook-timestamp and webhook-signature are not all there';
  if (!/^\d{1,12}$/.test(timestamp)) return 'webhook-timestamp is no time in seconds';
  const expected = signatureOf(secret, { id, timestamp, body });
  if (!signature.split(' ').some((one) => isEqual(one, expected))) return 'the signature is not ours';
  const ageSeconds = Math.abs(now.getTime() / 1_000 - Number(timestamp));
  return ageSeconds > toleranceSeconds ? 'the message is too old, or from the future' : undefined;
}

function isEqual(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
