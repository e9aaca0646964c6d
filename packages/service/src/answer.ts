import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Request, RequestHandler, Response } from 'express';
import type { Logger } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import { z } from 'zod';
import { idempotencyClaim } from './idempotency-claim.ts';
import type { IdempotencyStore } from './idempotency-store.ts';
import { findUnsafe } from './input-guard.ts';
import { invalidInput, problem } from './problem.ts';
import { toProblem } from './problem-response.ts';
import { Reply } from './reply.ts';
import { makeUser, type User } from './role.ts';
import type { HandlerRequest, Route } from './route.ts';
import { StreamReply, sendStream } from './sse.ts';
import { inputErrors } from './validation.ts';

/** What the answering of any route needs. */
export type AnswerTools = {
  readonly log: Logger;
  readonly idempotency: IdempotencyStore;
  readonly heartbeatMs: number;
  /** Aborts when the service stops. */
  readonly stopping: AbortSignal;
};

/** Checks a request that has been let in and read, runs the route's handler, and sends what it returns. */
export function answer(route: Route, tools: AnswerTools): RequestHandler {
  const validate = validator(route);
  return async (request, response) => {
    const input = validate(request);
    const claim = route.idempotent ? idempotencyClaim(request, userOf(response)) : undefined;
    const commandId = claim?.commandId ?? uuidv7();
    const isRepeatable = claim !== undefined;
    const perform = () =>
      route.handle(Object.assign(surroundings(request, response, tools), { ...input, commandId, isRepeatable }));
    if (!claim) return send(response, await perform(), route, tools, input.lastEventId);
    const reply = await tools.idempotency.once(claim, () => settled(perform, route, request.path));
    return send(response, reply, route, tools, undefined);
  };
}

const anonymous = makeUser('anonymous', 'member');

/** Set by the authentication before. */
const userOf = (response: Response): User => (response.locals['user'] as User | undefined) ?? anonymous;

type Input = Pick<HandlerRequest, 'params' | 'query' | 'body' | 'files' | 'ifMatch' | 'lastEventId'>;

function validator(route: Route): (request: Request) => Input {
  const querySchema = strict(route.query ?? z.object({}));
  return (request) => ({
    params: checkedParams(route, request),
    query: checked(querySchema, { ...request.query }, 'query'),
    body: route.body ? checked(route.body, request.body, 'body') : request.body,
    files: route.files ? request.body : [],
    ifMatch: route.problems.includes('revision-mismatch') ? revisionOf(request.get('if-match')) : undefined,
    lastEventId: request.get('last-event-id'),
  });
}

/** A misspelt filter must not show everything: what a query schema does not know is refused. */
const strict = (schema: z.ZodType): z.ZodType =>
  schema instanceof z.ZodObject && schema.def.catchall === undefined ? schema.strict() : schema;

function checkedParams(route: Route, request: Request): unknown {
  if (!route.params) return request.params;
  const isSafe = findUnsafe(request.params, 'params').length === 0;
  const result = isSafe ? route.params.safeParse(request.params) : undefined;
  if (!result?.success) throw problem('not-found', { path: request.path.replaceAll('\0', '') });
  return result.data;
}

function checked(schema: z.ZodType, input: unknown, place: string): unknown {
  const unsafe = place === 'query' ? findUnsafe(input, place) : [];
  if (unsafe.length > 0) throw invalidInput(unsafe);
  const result = schema.safeParse(input, { reportInput: true });
  if (!result.success) throw invalidInput(inputErrors(result.error.issues, place));
  return result.data;
}

/** The number in `W/"7"` or `"7"`. What is no revision of ours cannot match. */
function revisionOf(ifMatch: string | undefined): number | undefined {
  if (ifMatch === undefined || ifMatch.trim() === '*') return undefined;
  const digits = /^(?:W\/)?"(\d{1,15})"$/.exec(ifMatch.trim())?.[1];
  if (!digits) throw problem('revision-mismatch', {});
  return Number(digits);
}

function surroundings(request: Request, response: Response, tools: AnswerTools) {
  let signal: AbortSignal | undefined;
  return {
    user: userOf(response),
    header: (name: string) => request.get(name),
    /** Made for those who ask for it: most handlers never do. */
    get signal() {
      signal ??= AbortSignal.any([goneSignal(response), tools.stopping]);
      return signal;
    },
    log: tools.log,
    path: request.path,
  };
}

function goneSignal(response: Response): AbortSignal {
  const gone = new AbortController();
  if (response.closed) gone.abort();
  else response.once('close', () => gone.abort());
  return gone.signal;
}

/** The handler's answer in a form that can be kept; its own refusals are answers too, faults are not. */
async function settled(perform: () => Promise<unknown>, route: Route, path: string): Promise<Reply> {
  try {
    return asReply(await perform(), route);
  } catch (error) {
    const told = toProblem(error);
    if (told.status >= 500) throw error;
    return new Reply(told.status, told.toBody({ instance: path }), {
      ...told.headers,
      'Content-Type': 'application/problem+json',
    });
  }
}

function asReply(value: unknown, route: Route): Reply {
  if (value instanceof Reply) return value;
  const status = Math.min(...Object.keys(route.responses).map(Number));
  return new Reply(status, value);
}

async function send(
  response: Response,
  value: unknown,
  route: Route,
  tools: AnswerTools,
  lastEventId: string | undefined,
): Promise<void> {
  if (value instanceof StreamReply) {
    return sendStream(response, value.stream, { lastEventId, heartbeatMs: tools.heartbeatMs, signal: tools.stopping });
  }
  const { status, body, headers } = asReply(value, route);
  response.status(status).set(headers);
  if (body === undefined) return void response.end();
  if (Buffer.isBuffer(body)) return void response.send(body);
  if (body instanceof Readable) return pipeline(body, response).catch(() => void response.destroy());
  if (!response.get('Content-Type')) response.type('application/json');
  response.send(JSON.stringify(body));
}
