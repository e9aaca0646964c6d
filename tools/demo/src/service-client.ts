import type { z } from 'zod';
import { claim } from './claim.ts';
import { type ServerEvent, serverEvents } from './server-events.ts';

/** A service as one person meets it. Every answer is checked against what the demo relies on. */
export type ServiceClient = ReturnType<typeof serviceClient>;

type Expected<Schema> = { status: number; schema: Schema };

export function serviceClient(url: string, token: string) {
  const authorization = `Bearer ${token}`;

  async function ask<Schema extends z.ZodType>(
    method: string,
    path: string,
    { status, schema, body, files }: Expected<Schema> & { body?: unknown; files?: FormData },
  ): Promise<z.output<Schema>> {
    const answer = await fetch(url + path, {
      method,
      headers: { authorization, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(files && { body: files }),
      signal: AbortSignal.timeout(90_000),
    });
    const text = await answer.text();
    claim(answer.status === status, `${method} ${path} answers ${status}`, `${answer.status} ${text.slice(0, 500)}`);
    return understood(schema, JSON.parse(text), `${method} ${path}`);
  }

  return {
    get: <Schema extends z.ZodType>(path: string, schema: Schema) => ask('GET', path, { status: 200, schema }),
    post: <Schema extends z.ZodType>(path: string, body: unknown, expected: Expected<Schema>) =>
      ask('POST', path, { ...expected, body }),
    put: <Schema extends z.ZodType>(path: string, body: unknown, schema: Schema) =>
      ask('PUT', path, { status: 200, schema, body }),
    /** Sends files as a form does. */
    upload: <Schema extends z.ZodType>(path: string, files: FormData, expected: Expected<Schema>) =>
      ask('POST', path, { ...expected, files }),
    /** The bytes behind a signed link, fetched without a token. */
    async bytes(link: string): Promise<Buffer> {
      const answer = await fetch(new URL(link, url), { signal: AbortSignal.timeout(30_000) });
      claim(answer.ok, `GET ${link} gives the file`, answer.status);
      return Buffer.from(await answer.arrayBuffer());
    },
    /** What a stream tells, until it ends or the signal says so. */
    events: (path: string, signal: AbortSignal): AsyncGenerator<ServerEvent> =>
      serverEvents(url + path, { authorization }, signal),
  };
}

function understood<Schema extends z.ZodType>(schema: Schema, value: unknown, where: string): z.output<Schema> {
  const parsed = schema.safeParse(value);
  claim(parsed.success, `the answer to ${where} has the form that is documented`, parsed.error?.issues);
  return parsed.data as z.output<Schema>;
}
