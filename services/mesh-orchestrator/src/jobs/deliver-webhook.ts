import { deliverWebhook } from '@millrace/contracts/mesh';
import { defineJob, discard, done, exponential, fail, on } from '@millrace/jobs';
import { signedHeaders } from '@millrace/outside/signing';
import type { WebhookSender } from '../clients/webhook-sender.ts';
import type { Delivery, Webhook } from '../domain/webhook.ts';
import type { Webhooks } from '../store/webhooks.ts';

export type DeliverDeps = {
  readonly webhooks: Webhooks;
  readonly send: WebhookSender;
  /** Before the second attempt; each later one waits longer. */
  readonly retryMs: number;
  /** A webhook that has failed for so long is disabled. */
  readonly giveUpMs: number;
};

class DeliveryFailed extends Error {
  override readonly name = 'DeliveryFailed';
}

const gone = 410;

/** Sends one event to one webhook. The receiver gets it at least once, always under the same `webhook-id`. */
export const deliverWebhookJob = (deps: DeliverDeps) =>
  defineJob(deliverWebhook, {
    retry: [on(DeliveryFailed, exponential({ baseMs: deps.retryMs, factor: 5, capMs: 36_000_000 }))],

    async run({ payload: { deliveryId }, attempt, maxAttempts, signal }) {
      const delivery = await deps.webhooks.findDelivery(deliveryId);
      const webhook = delivery && (await deps.webhooks.find(delivery.webhookId));
      if (!webhook) return discard('the webhook is deleted');
      if (webhook.disabledAt) return discard('the webhook is disabled');
      const { error, disabled } = await attemptIt(deps, webhook, delivery, { isLast: attempt >= maxAttempts, signal });
      if (error === null) return done();
      if (disabled)
        return fail({ code: 'webhook-disabled', message: disabled, remedy: 'mend the receiver, then enable it' });
      throw new DeliveryFailed(error);
    },
  });

/** @returns why it was not taken, and why the webhook gets no more. */
async function attemptIt(
  { webhooks, send, giveUpMs }: DeliverDeps,
  webhook: Webhook,
  delivery: Delivery,
  { isLast, signal }: { isLast: boolean; signal: AbortSignal },
): Promise<{ error: string | null; disabled?: string }> {
  const at = new Date();
  const headers = signedHeaders(webhook.secrets, { id: delivery._id, body: delivery.body }, at);
  const { status, error } = await send(webhook.url, headers, delivery.body, signal);
  const isGood = status !== null && status >= 200 && status < 300;
  const failingSince = await webhooks.noteOutcome(webhook._id, isGood);
  const disabled = isGood ? undefined : reasonToDisable(status, failingSince, new Date(at.getTime() - giveUpMs));
  const state = isGood ? 'delivered' : isLast || disabled ? 'failed' : 'retrying';
  await webhooks.noteAttempt(delivery._id, state, { at, status, tookMs: Date.now() - at.getTime(), error });
  if (isGood) return { error: null };
  if (disabled) await webhooks.disable(webhook._id, disabled);
  return { error: error ?? `the receiver answered ${status}`, ...(disabled && { disabled }) };
}

function reasonToDisable(status: number | null, failingSince: Date | null, atLatest: Date): string | undefined {
  if (status === gone) return 'the receiver answered 410: gone';
  if (failingSince && failingSince <= atLatest) return `no delivery has succeeded since ${failingSince.toISOString()}`;
  return undefined;
}
