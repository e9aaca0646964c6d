import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { JobDefinition } from '../define/define-job.ts';
import type { JobRecord } from '../record/record.ts';

/** Larger payloads belong into a store, with their address in the payload. */
export const MAX_PAYLOAD_BYTES = 64 * 1024;
/** Up to here the payload rides along, for whoever watches the queue; the record decides anyway. */
const INLINE_PAYLOAD_BYTES = 4 * 1024;
/** An envelope with the largest inline payload and room to spare; anything longer was not written by us. */
const MAX_BODY_BYTES = 16 * 1024;

export type Envelope = { jobId: string; n: number };

const envelope = z.object({
  jobId: z.string().min(1).max(200),
  n: z.int().positive(),
  payload: z.unknown().optional(),
});

export type Message = {
  body: Buffer;
  messageId: string;
  type: string;
};

/** The message of one dispatch: a doorbell that names the record and the dispatch number. */
export function encode(record: JobRecord): Message {
  const payload = JSON.stringify(record.payload);
  const inline = payload.length <= INLINE_PAYLOAD_BYTES ? { payload: record.payload } : {};
  return {
    body: Buffer.from(JSON.stringify({ jobId: record._id, n: record.n, ...inline })),
    messageId: `${record._id}:${record.n}`,
    type: `${record.name}@${record.v}`,
  };
}

export type Reading =
  | { readonly ok: true; readonly envelope: Envelope }
  /** With an envelope the record has the last word: a newer release may have written what is not understood here. */
  | { readonly ok: false; readonly reason: BadMessage; readonly detail: string; readonly envelope?: Envelope };

/** Why a message cannot be a command of ours. */
export type BadMessage = 'body-too-large' | 'body-malformed' | 'job-unknown' | 'payload-invalid' | 'record-missing';

/**
 * Reads a delivery without trusting it: size, JSON, job name, envelope, payload, in this order. Pure, so that the
 * consumer and the undertaker come to the same reason.
 */
export function read(body: Buffer, type: string | undefined, definitions: ReadonlyMap<string, JobDefinition>): Reading {
  if (body.length > MAX_BODY_BYTES) {
    return bad('body-too-large', `body has ${body.length} bytes, at most ${MAX_BODY_BYTES} are allowed`);
  }
  const json = parse(body);
  if (json === undefined) return bad('body-malformed', 'body is not a JSON object');
  const parsed = envelope.safeParse(json);
  const sealed = parsed.success ? { envelope: { jobId: parsed.data.jobId, n: parsed.data.n } } : {};
  const [name = '', version = ''] = (type ?? String(json['name'] ?? '')).split('@');
  const definition = definitions.get(name);
  if (!definition) return bad('job-unknown', `job ${JSON.stringify(name)} is not performed here`, sealed);
  const schema = definition.contract.versions[Number(version || definition.contract.version)];
  if (!schema) return bad('payload-invalid', `job ${name}: version ${version} is unknown`, sealed);
  if ('payload' in json) {
    const payload = schema.safeParse(json['payload']);
    if (!payload.success) return bad('payload-invalid', `job ${name}: ${issuesOf(payload.error)}`, sealed);
  }
  if (!parsed.success) return bad('body-malformed', `job ${name}: ${issuesOf(parsed.error)}`);
  return { ok: true, envelope: { jobId: parsed.data.jobId, n: parsed.data.n } };
}

/** A zod error in one line: `payload.campaignId: expected string, received number; …`. */
export function issuesOf(error: z.ZodError): string {
  return error.issues.map((issue) => `${issue.path.join('.') || 'value'}: ${issue.message}`).join('; ');
}

/** Stable identity of a message that has none of its own: the same bytes at the same place are the same letter. */
export function messageHash(exchange: string, key: string, messageId: string, body: Buffer): string {
  return createHash('sha256').update(`${exchange}\n${key}\n${messageId}\n`).update(body).digest('hex').slice(0, 40);
}

const bad = (reason: BadMessage, detail: string, sealed: { envelope?: Envelope } = {}): Reading => ({
  ok: false,
  reason,
  detail,
  ...sealed,
});

function parse(body: Buffer): Record<string, unknown> | undefined {
  try {
    const json: unknown = JSON.parse(body.toString('utf8'));
    return typeof json === 'object' && json !== null && !Array.isArray(json) ? { ...json } : undefined;
  } catch {
    return undefined;
  }
}
