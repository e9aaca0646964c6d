import { isDeepStrictEqual } from 'node:util';
import type { ClientSession } from 'mongoose';
import type { z } from 'zod';
import { wakeOf } from '../broker/dispatcher.ts';
import { issuesOf, MAX_PAYLOAD_BYTES } from '../broker/envelope.ts';
import type { JobDefinition, Lane } from '../define/define-job.ts';
import { turnOf } from '../limits/gates-of.ts';
import { heldBackFor } from '../limits/held-back.ts';
import { limitFields } from '../limits/limit-fields.ts';
import { labelsOf } from '../record/labels.ts';
import type { JobRecord } from '../record/record.ts';
import { JobsError } from '../runtime/errors.ts';
import { newId } from '../runtime/ids.ts';
import { currentTrace } from '../telemetry/trace.ts';

const MAX_ID_CHARS = 200;

export type EnqueueOptions = {
  /** The command's own id: enqueueing it again returns the first. Default: a fresh UUIDv7. */
  id?: string;
  /** Not before this time. */
  runAt?: Date;
  lane?: Lane;
  maxAttempts?: number;
  tags?: readonly string[];
  meta?: Readonly<Record<string, unknown>>;
  parentId?: string;
  rootId?: string;
  /** Ends written so far over all records of the root; a replay goes on counting. */
  ends?: number;
  replayedFrom?: string;
  /** The batch that it is a member of, and its place there. */
  batch?: { id: string; i: number };
  /** The caller's transaction: the command exists if and only if it commits. */
  session?: ClientSession;
};

/** The record of a fresh command. Pure but for a fresh id and the caller's trace. @throws JobsError `id-invalid`. */
export function newRecord(
  definition: JobDefinition,
  payload: unknown,
  options: EnqueueOptions,
  { now, redispatchMs }: { now: Date; redispatchMs: number },
): JobRecord {
  const { contract, unique } = definition;
  const id = options.id ?? newId();
  if (id.length > MAX_ID_CHARS)
    throw new JobsError('id-invalid', `job id has ${id.length} characters, at most ${MAX_ID_CHARS} are allowed`);
  const isLater = options.runAt !== undefined && options.runAt > now;
  const nextRunAt = isLater && options.runAt ? options.runAt : now;
  const traced = currentTrace();
  const tags = [...(options.tags ?? [])];
  const origin = originOf(id, options);
  const state = isLater ? 'scheduled' : 'available';
  return {
    _id: id,
    name: contract.name,
    v: contract.version,
    queue: contract.queue,
    lane: options.lane ?? contract.lane,
    payload,
    state,
    n: 1,
    attempt: 0,
    maxAttempts: options.maxAttempts ?? contract.maxAttempts,
    failures: {},
    crashes: 0,
    loneCrashes: 0,
    fence: 0,
    nextRunAt,
    ...wakeOf(state, nextRunAt, now, redispatchMs),
    ...limitsOf(definition, payload, isLater, now),
    dispatches: 1,
    dispatchedAt: now,
    ...(unique && { key: `${contract.name}:${unique.key(payloadAsRead(definition, payload))}` }),
    ...origin,
    ...(options.batch && { batch: options.batch }),
    progress: 0,
    message: null,
    meta: { ...options.meta },
    tags,
    labels: labelsOf({
      ...origin,
      id,
      name: contract.name,
      batchId: options.batch?.id,
      traceId: traced?.traceId,
      tags,
      payload,
    }),
    result: null,
    errors: [],
    events: [],
    jobs: [],
    ...traced,
    createdAt: now,
    updatedAt: now,
  };
}

/** Without limits there is nothing to ask. Where tenants take turns, a job that is due waits for its own. */
function limitsOf(definition: JobDefinition, payload: unknown, isLater: boolean, now: Date) {
  if (!definition.limits && !definition.fair) return {};
  const fields = limitFields(definition, payloadAsRead(definition, payload));
  return { ...fields, ...(definition.fair && !isLater && heldBackFor(turnOf(definition.contract.queue)._id, now)) };
}

/** Where a command comes from; without a past it is its own root. */
function originOf(id: string, { rootId = id, parentId, replayedFrom, ends = 0 }: EnqueueOptions) {
  return { rootId, ...(parentId && { parentId }), ...(replayedFrom && { replayedFrom }), ends, reopens: ends };
}

/**
 * The payload as it is stored: as its schema gives it back, defaults filled in, where the schema also reads that; else
 * as it came, because what a `transform` has made of it is nothing that the schema takes a second time.
 * @throws JobsError `payload-invalid`, `payload-too-large`.
 */
export function checkedPayload({ contract }: JobDefinition, payload: unknown): unknown {
  const parsed = contract.payload.safeParse(payload);
  if (!parsed.success) {
    const issues = parsed.error.issues.map(({ path, message }) => ({ path: ['payload', ...path].join('.'), message }));
    throw new JobsError('payload-invalid', `job ${contract.name}: ${issuesOf(parsed.error)}`, { issues });
  }
  const stored = isReadAgain(contract.payload, payload, parsed.data) ? parsed.data : payload;
  const bytes = Buffer.byteLength(JSON.stringify(stored));
  if (bytes > MAX_PAYLOAD_BYTES) {
    throw new JobsError(
      'payload-too-large',
      `job ${contract.name}: payload has ${bytes} bytes, at most ${MAX_PAYLOAD_BYTES} are allowed; store it and send its address`,
      { bytes },
    );
  }
  return stored;
}

/** Whether the schema reads its own output and gives it back unchanged. */
function isReadAgain(schema: z.ZodType, input: unknown, output: unknown): boolean {
  if (isDeepStrictEqual(input, output)) return true;
  const again = schema.safeParse(output);
  return again.success && isDeepStrictEqual(again.data, output);
}

/** What a handler gets to see of a stored payload; for rules that look into it. */
const payloadAsRead = ({ contract }: JobDefinition, stored: unknown): unknown => contract.payload.parse(stored);
