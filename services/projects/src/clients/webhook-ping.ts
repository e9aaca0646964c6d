import type { OutsidePost } from '@millrace/outside';
import { signedHeaders } from '@millrace/outside/signing';
import type { SendPing } from '../domain/steps/webhooks.ts';

const timeoutMs = 10_000;

/** Signed by Standard Webhooks, never to inner addresses. */
export const webhookPing =
  (post: OutsidePost): SendPing =>
  async ({ url, secret, id, body, signal }) => {
    const now = new Date();
    const headers = {
      'content-type': 'application/json',
      ...signedHeaders([{ secret, until: null }], { id, body }, now),
    };
    const answer = await post(url, {
      headers,
      body,
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    await answer.body?.cancel();
    return answer.status;
  };
