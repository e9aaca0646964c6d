import { randomUUID } from 'node:crypto';
import { Failure } from './failure.ts';
import type { Target } from './target.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
export type Json = null | boolean | number | string | Json[] | { [field: string]: Json };
export type Query = Readonly<Record<string, string | number | undefined>>;

const TIMEOUT_MS = 90_000;

/**
 * One request. @returns the answer's JSON, null when it has none.
 * @throws Failure 1 with the problem's code when the service refuses, 3 when it does not answer.
 */
export async function call(
  target: Target,
  method: Method,
  path: string,
  { query = {}, body }: { query?: Query; body?: Json | undefined } = {},
): Promise<Json> {
  const response = await send(target, method, path, query, body);
  const text = await response.text();
  const json = parsed(text);
  if (response.ok) return json ?? null;
  throw refusal(target, `${method} ${path}`, response.status, json ?? text);
}

/** An open stream of server-sent events. @throws Failure as {@link call}. */
export async function stream(target: Target, path: string): Promise<ReadableStream<Uint8Array>> {
  const response = await send(target, 'GET', path, {}, undefined, 'text/event-stream');
  if (!response.ok || !response.body)
    throw refusal(target, `GET ${path}`, response.status, parsed(await response.text()) ?? '');
  return response.body;
}

async function send(
  { service, url, token }: Target,
  method: Method,
  path: string,
  query: Query,
  body: Json | undefined,
  accept = 'application/json',
): Promise<Response> {
  const address = new URL(url + path);
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) address.searchParams.set(name, String(value));
  const headers = {
    accept,
    authorization: `Bearer ${token}`,
    // A POST whose answer was lost may be sent again by whoever called; the service then answers as it did.
    ...(method === 'POST' && { 'idempotency-key': randomUUID() }),
    ...(body !== undefined && { 'content-type': 'application/json' }),
  };
  const isStream = accept === 'text/event-stream';
  try {
    return await fetch(address, {
      method,
      headers,
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(!isStream && { signal: AbortSignal.timeout(TIMEOUT_MS) }),
    });
  } catch (error) {
    throw new Failure(`${service} does not answer at ${address.origin}; is it up? (make up)`, {
      exitCode: 3,
      cause: error,
    });
  }
}

function refusal({ service }: Target, what: string, status: number, answer: Json): Failure {
  const problem = typeof answer === 'object' && answer !== null && !Array.isArray(answer) ? answer : {};
  const code = typeof problem['code'] === 'string' ? problem['code'] : `http-${status}`;
  const detail = problem['detail'] ?? problem['title'] ?? '';
  const errors = Array.isArray(problem['errors']) ? ` ${JSON.stringify(problem['errors'])}` : '';
  return new Failure(`${service}: ${code}: ${String(detail) || what}${errors}`, { exitCode: 1 });
}

function parsed(text: string): Json | undefined {
  try {
    return text === '' ? undefined : (JSON.parse(text) as Json);
  } catch {
    return undefined;
  }
}
