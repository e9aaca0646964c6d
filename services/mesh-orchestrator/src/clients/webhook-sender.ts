import type { OutsidePost } from '@millrace/outside';

/** What came of sending: a status, or why there is none. */
export type WebhookSender = (
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  signal: AbortSignal,
) => Promise<{ readonly status: number | null; readonly error: string | null }>;

/** Posts to receivers that people name; the answer's body is nobody's business. @param timeoutMs for all of it. */
export const webhookSender =
  (post: OutsidePost, timeoutMs: number): WebhookSender =>
  async (url, headers, body, signal) => {
    try {
      const answer = await post(url, {
        headers: { ...headers, 'content-type': 'application/json', 'user-agent': 'millrace' },
        body,
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      });
      await answer.body?.cancel();
      return { status: answer.status, error: null };
    } catch (error) {
      signal.throwIfAborted();
      return { status: null, error: reasonOf(error) };
    }
  };

/** The innermost reason: what lies above says only that it failed. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'it could not be sent';
  return error.cause instanceof Error ? reasonOf(error.cause) : error.message.slice(0, 300);
}
