import type { JobsErrorCode } from '@millrace/jobs';
import type { ErrorRequestHandler, RequestHandler, Response } from 'express';
import type { Logger } from 'pino';
import { jsonLimitBytes } from './body.ts';
import { currentTraceId } from './logger.ts';
import { type InputError, invalidInput, Problem, problem } from './problem.ts';
import type { ProblemCode } from './problem-table.ts';

/** The last station of every request that went wrong: always a problem body, and a log line for what is our own fault. */
export const problemHandler =
  (log: Logger): ErrorRequestHandler =>
  (error: unknown, request, response, _next) => {
    const told = toProblem(error);
    if (told.status === 500) log.error({ err: error, path: request.path }, 'request failed unexpectedly');
    else if (told.status > 500) log.warn({ err: error, path: request.path, code: told.code }, 'request failed');
    if (response.headersSent) response.destroy();
    else sendProblem(response, told, request.path);
  };

export const notFound: RequestHandler = (request, _response, next) =>
  next(problem('not-found', { path: request.path }));

function sendProblem(response: Response, told: Problem, path: string): void {
  response
    .status(told.status)
    .set(told.headers)
    .type('application/problem+json')
    .send(JSON.stringify(told.toBody({ instance: path, traceId: currentTraceId() })));
}

/** Finds what to tell the caller of an error, whoever threw it. What is not known is `internal`. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (!isError(error)) return problem('internal', {}, { cause: error });
  return fromJobs(error) ?? fromParser(error) ?? fromDatabase(error) ?? problem('internal', {}, { cause: error });
}

/** By shape: an error may come from another realm. */
const isError = (thrown: unknown): thrown is Error =>
  typeof thrown === 'object' && thrown !== null && 'message' in thrown && 'name' in thrown;

/** What the job library refuses has a code of its own; its sentences are meant for people already. */
function fromJobs(error: Error & { code?: unknown; details?: unknown }): Problem | undefined {
  if (error.name !== 'JobsError') return undefined;
  const { message, cause = error } = error;
  switch (error.code as JobsErrorCode) {
    case 'batch-not-found':
    case 'breaker-not-found':
    case 'job-not-found':
    case 'queue-not-found':
    case 'operation-not-found':
    case 'count-changed':
    case 'dead-letter-not-found':
    case 'schedule-not-found':
    case 'worker-not-found':
    case 'job-name-unknown':
    case 'job-state-conflict':
    case 'step-not-unknown':
    case 'dead-letter-not-replayable':
      return new Problem(error.code as ProblemCode, message, { cause });
    case 'schedule-changed':
    case 'queue-changed':
      return problem('revision-mismatch', {}, { cause });
    case 'schedule-invalid':
      return invalidInput(issuesIn(error.details));
    case 'unique-conflict':
      return problem('job-unique-conflict', { reason: message }, { cause });
    case 'batch-too-large':
    case 'payload-invalid':
    case 'payload-too-large':
    case 'id-invalid':
      return invalidInput([
        { path: `${placeIn(error.details)}.${error.code === 'id-invalid' ? 'id' : 'payload'}`, message },
      ]);
  }
}

/** Of a list the command that was refused. */
function placeIn(details: unknown): string {
  const { index } = (details ?? {}) as { index?: number };
  return index === undefined ? 'body' : `body.${index}`;
}

/** The library's issues name fields; the caller has sent them in the body. */
const issuesIn = (details: unknown): InputError[] =>
  (details as { issues: InputError[] }).issues.map(({ path, message }) => ({ path: `body.${path}`, message }));

/** Errors of express and its body parsers carry the status they mean, and some a type. */
function fromParser(error: Error & { status?: unknown; type?: unknown; limit?: unknown }): Problem | undefined {
  if (error.name === 'URIError')
    return problem('not-found', { path: 'a path with a broken %-escape' }, { cause: error });
  switch (error.status) {
    case 400:
      return error.type === 'entity.parse.failed'
        ? problem('malformed-json', { reason: reasonOf(error) }, { cause: error })
        : problem('malformed-request', { reason: error.message }, { cause: error });
    case 413:
      return problem('body-too-large', { limitBytes: Number(error.limit ?? jsonLimitBytes) }, { cause: error });
    case 415:
      return problem('unsupported-media-type', { type: error.message, expected: 'plain UTF-8' }, { cause: error });
    default:
      return undefined;
  }
}

/** The parser's sentence without the quoted input, which may be private. */
const reasonOf = (error: Error): string =>
  /^[^,"'…]*(?= in JSON at| after|$)/.exec(error.message)?.[0]?.trim() || 'syntax error';

const awayNames = new Set([
  'MongoServerSelectionError',
  'MongoNetworkError',
  'MongoNetworkTimeoutError',
  'MongoNotConnectedError',
  'MongoPoolClearedError',
  'MongoPoolClosedError',
  'MongoTopologyClosedError',
  'MongoWaitQueueTimeoutError',
  'MongooseServerSelectionError',
]);

/** A database that is away is nobody's mistake: the caller may try again. */
function fromDatabase(error: Error): Problem | undefined {
  const away =
    awayNames.has(error.name) || (error.name === 'MongooseError' && error.message.includes('buffering timed out'));
  if (!away) return undefined;
  return problem('dependency-unavailable', { dependency: 'the database' }, { cause: error });
}
