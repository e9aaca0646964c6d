import { type Breaker, breaker } from '@millrace/jobs';
import { ProviderRefused, ProviderUnavailable, ProviderUnreadable } from './provider-errors.ts';

/** One turn in the budget that all replicas share. */
type Turn = { begin(): void; readonly signal: AbortSignal };

/** When a provider may be asked. */
type Budget = {
  readonly name: string;
  readonly intervalMs: number;
  spend<Value>(request: (turn: Turn) => Promise<Value>, signal: AbortSignal): Promise<Value>;
};

/** What a run lends to its calls. */
export type Caller = {
  readonly signal: AbortSignal;
  through<Value>(breaker: Breaker, call: () => Promise<Value>): Promise<Value>;
};

/** Asks for one JSON document. @returns undefined when the provider says that there is no such thing (404). */
export type Ask = (url: URL, caller: Caller) => Promise<unknown>;

type Settings = {
  readonly budget: Budget;
  readonly headers: Readonly<Record<string, string>>;
  /** Of one request, connecting included. Default 15 s. */
  readonly timeoutMs?: number;
  /** Told after every single request. */
  observe?(request: { provider: string; outcome: 'good' | 'not-found' | 'failed'; tookMs: number }): void;
};

const longestRedirects = 3;
const turnsPerRequest = 5;
const largestBody = 32 * 1_024 * 1_024;

/**
 * The one way to ask a provider: in turn with everybody else, behind its breaker, with a time limit. Redirects are followed as requests
 * of their own, each with a turn of its own, and never to another host.
 * @throws ProviderUnavailable, ProviderUnreadable, ProviderRefused; BreakerOpen; the signal's reason when it aborts.
 */
export function providerRequests(settings: Settings): Ask {
  const guard = breakerOf(settings.budget);
  return async (url, caller) => {
    let place = url;
    for (let redirects = 0; redirects <= longestRedirects; redirects++) {
      const answer = await inTurn(place, settings, guard, caller);
      if (!('location' in answer)) return answer.body;
      place = redirectTarget(answer.location, place, settings.budget.name);
    }
    throw new ProviderUnreadable(
      `${settings.budget.name}: ${url.pathname} redirects more than ${longestRedirects} times`,
    );
  };
}

type Answer = { readonly body: unknown } | { readonly location: string | null };

/** A breaker's pauses fit the pace of its provider: twenty intervals, from 1 s to 30 s. */
const breakerOf = ({ name, intervalMs }: Budget): Breaker => {
  const openMs = Math.min(30_000, Math.max(1_000, 20 * intervalMs));
  return breaker(name, {
    openMs,
    maxOpenMs: 5 * openMs,
    isFailure: (error) => error instanceof ProviderUnavailable,
  });
};

/** The breaker is asked once the turn has come: who waits in line while it opens does not knock any more. */
async function inTurn(url: URL, settings: Settings, guard: Breaker, caller: Caller): Promise<Answer> {
  for (let turns = 1; ; turns++) {
    try {
      return await settings.budget.spend(
        (turn) => caller.through(guard, () => request(url, settings, turn, caller.signal)),
        caller.signal,
      );
    } catch (error) {
      if ((error as Error).name !== 'TurnLost' || turns === turnsPerRequest) throw error;
    }
  }
}

async function request(url: URL, settings: Settings, turn: Turn, signal: AbortSignal): Promise<Answer> {
  const { budget, timeoutMs = 15_000, headers, observe } = settings;
  turn.begin();
  const startedAt = performance.now();
  const note = (outcome: 'good' | 'not-found' | 'failed') =>
    observe?.({ provider: budget.name, outcome, tookMs: performance.now() - startedAt });
  const timeout = AbortSignal.timeout(timeoutMs);
  const where = `${budget.name}: ${url.pathname}`;
  try {
    const response = await fetch(url, {
      headers: { Accept: 'application/json', ...headers },
      redirect: 'manual',
      signal: AbortSignal.any([signal, turn.signal, timeout]),
    });
    const answer = await read(response, where);
    note('body' in answer && answer.body === undefined ? 'not-found' : 'good');
    return answer;
  } catch (error) {
    note('failed');
    throw asProviderError(error, { where, timeout, timeoutMs, stopped: [signal, turn.signal] });
  }
}

async function read(response: Response, where: string): Promise<Answer> {
  const { status } = response;
  if (status >= 300 && status < 400) return { location: response.headers.get('location') };
  const text = await boundedText(response, where);
  if (status === 404) return { body: undefined };
  if (response.ok) return { body: parse(text, where) };
  const said = `${where} was answered ${status}: ${text.slice(0, 200)}`;
  if (status === 429 || status >= 500 || status === 401 || status === 403)
    throw new ProviderUnavailable(said, { retryAfterMs: retryAfterOf(response) });
  throw new ProviderRefused(said);
}

async function boundedText(response: Response, where: string): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body ?? []) {
    size += part.length;
    if (size > largestBody) throw new ProviderUnreadable(`${where} answers with more than ${largestBody} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function parse(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ProviderUnreadable(`${where} was answered with what is no JSON: ${text.slice(0, 80)}`, { cause });
  }
}

/** Seconds or a date, as HTTP allows. */
function retryAfterOf({ headers }: Response): number | undefined {
  const value = headers.get('retry-after');
  if (!value) return undefined;
  const waitMs = /^\d+$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - Date.now();
  return Number.isNaN(waitMs) ? undefined : Math.max(0, waitMs);
}

type Circumstances = {
  readonly where: string;
  readonly timeout: AbortSignal;
  readonly timeoutMs: number;
  readonly stopped: readonly AbortSignal[];
};

function asProviderError(error: unknown, { where, timeout, timeoutMs, stopped }: Circumstances): unknown {
  const known = [ProviderUnavailable, ProviderUnreadable, ProviderRefused];
  if (known.some((one) => error instanceof one)) return error;
  const stop = stopped.find(({ aborted }) => aborted);
  if (stop) return stop.reason;
  const reason = timeout.aborted ? `no answer within ${timeoutMs} ms` : reasonOf(error);
  return new ProviderUnavailable(`${where} failed: ${reason}`, { cause: error });
}

/** What really went wrong stands in the cause: `fetch failed` helps nobody. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as { message?: string; cause?: { message?: string; code?: string } };
  return cause?.message || cause?.code || message || String(error);
}

function redirectTarget(location: string | null, from: URL, name: string): URL {
  const target = location === null ? undefined : (URL.parse(location, from.href) ?? undefined);
  if (target?.origin === from.origin) return target;
  throw new ProviderUnreadable(
    `${name}: ${from.pathname} redirects to ${location ?? 'nowhere'}, which is not on its host`,
  );
}
