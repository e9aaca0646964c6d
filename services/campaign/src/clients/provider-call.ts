import { setTimeout as delay } from 'node:timers/promises';
import { ProviderRefused, ProviderUnavailable } from './provider-errors.ts';

type ProviderOperation = 'upload' | 'delete' | 'bulkDelete' | 'purge' | 'purgeStatus';

/** Told after every single try. */
export type ObserveCall = (call: { operation: ProviderOperation; isGood: boolean; isRetry: boolean }) => void;

export type CallSettings = {
  readonly privateKey: string;
  /** Of one try, connecting included. */
  readonly timeoutMs: number;
  /** Tries in all, the first one included. */
  readonly tries: number;
  /** Before the second try; doubled before each further one, with jitter. */
  readonly backoffMs: number;
  /** The longest Retry-After that a call waits for; what is longer fails, for the job's policy to wait. */
  readonly patienceMs: number;
  readonly log: { warn(fields: object, message: string): void };
  readonly observe: ObserveCall;
};

export type ProviderRequest = {
  readonly operation: ProviderOperation;
  readonly method: string;
  readonly url: string;
  /** Made anew for every try: a body can be sent only once. */
  body?(): { readonly content: string | FormData; readonly contentType?: string };
  readonly signal?: AbortSignal | undefined;
};

/**
 * One call to the provider with its bounded retries. Keep-alive connections that the other side closed, resets, timeouts, 429 and 5xx are
 * tried again, on a fresh connection where the old one broke; every operation is safe to repeat.
 * @returns the answer's JSON; an empty object for none.
 * @throws ProviderRefused for any other 4xx, ProviderUnavailable when no try succeeded, the signal's reason when it aborts.
 */
export async function callProvider(request: ProviderRequest, settings: CallSettings): Promise<Record<string, unknown>> {
  for (let attempt = 1; ; attempt++) {
    try {
      const answer = await tryOnce(request, settings);
      settings.observe({ operation: request.operation, isGood: true, isRetry: attempt > 1 });
      return answer;
    } catch (error) {
      request.signal?.throwIfAborted();
      settings.observe({ operation: request.operation, isGood: false, isRetry: attempt > 1 });
      const waitMs = waitBefore(attempt + 1, error, settings);
      const { operation } = request;
      settings.log.warn({ operation, attempt, waitMs, err: error }, 'image provider call failed');
      if (waitMs === undefined) throw error;
      await delay(waitMs, undefined, { ...(request.signal && { signal: request.signal }) });
    }
  }
}

async function tryOnce(
  request: ProviderRequest,
  { privateKey, timeoutMs }: CallSettings,
): Promise<Record<string, unknown>> {
  const { operation, method, url, signal } = request;
  const body = request.body?.();
  const timeout = AbortSignal.timeout(timeoutMs);
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, {
      method,
      headers: {
        Authorization: `Basic ${Buffer.from(`${privateKey}:`).toString('base64')}`,
        ...(body?.contentType && { 'Content-Type': body.contentType }),
      },
      ...(body && { body: body.content }),
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
    text = await response.text();
  } catch (cause) {
    const reason = timeout.aborted ? `no answer within ${timeoutMs} ms` : reasonOf(cause);
    throw new ProviderUnavailable(`image provider: ${operation} failed: ${reason}`, { cause });
  }
  if (response.ok) return parse(text);
  throw errorFor(operation, response, parse(text));
}

function errorFor(operation: ProviderOperation, response: Response, body: Record<string, unknown>): Error {
  const said = `image provider: ${operation} was answered ${response.status}: ${String(body['message'] ?? 'no reason given')}`;
  if (response.status === 429 || response.status >= 500) {
    return new ProviderUnavailable(said, { retryAfterMs: retryAfterOf(response) });
  }
  return new ProviderRefused(said, { status: response.status, body });
}

/** Undefined when there is to be no further try. Half to all of the doubled backoff, or what the provider asked for. */
function waitBefore(
  attempt: number,
  error: unknown,
  { tries, backoffMs, patienceMs }: CallSettings,
): number | undefined {
  if (!(error instanceof ProviderUnavailable) || attempt > tries) return undefined;
  const ceilingMs = backoffMs * 2 ** (attempt - 2);
  const waitMs = error.retryAfterMs ?? ceilingMs * (0.5 + Math.random() / 2);
  return waitMs <= patienceMs ? Math.round(waitMs) : undefined;
}

/** Seconds or a date, as HTTP allows. */
function retryAfterOf({ headers }: Response): number | undefined {
  const value = headers.get('retry-after');
  if (!value) return undefined;
  const waitMs = /^\d+$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - Date.now();
  return Number.isNaN(waitMs) ? undefined : Math.max(0, waitMs);
}

function parse(text: string): Record<string, unknown> {
  try {
    const value: unknown = text ? JSON.parse(text) : {};
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** What really went wrong stands in the cause: `fetch failed` helps nobody. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as { message?: string; cause?: { message?: string; code?: string } };
  return cause?.message || cause?.code || message || String(error);
}
