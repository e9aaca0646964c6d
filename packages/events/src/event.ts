import { z } from 'zod';

/** What this package needs to know of an event's contract; any object of this shape will do. */
export type Contract<Data extends z.ZodType = z.ZodType> = {
  readonly type: string;
  readonly version: number;
  readonly data: Data;
};

/** A fact that its owner has stored, so that it can be told again at any time under the same id. */
export type StoredEvent = {
  readonly id: string;
  readonly type: string;
  readonly version: number;
  readonly data: unknown;
  readonly at: Date;
  readonly jobId?: string;
  readonly traceparent?: string;
  readonly tracestate?: string;
};

/** A fact as its hearer gets it; `data` has passed the contract's schema. */
export type HeardEvent<Data = unknown> = {
  /** Stays the same however often the event is told: derive every effect's id from it. */
  readonly id: string;
  readonly type: string;
  readonly version: number;
  readonly data: Data;
  readonly at: Date;
  readonly jobId?: string;
  readonly traceId?: string;
};

const envelope = z.object({
  id: z.string().min(1).max(200),
  type: z.string().min(1),
  version: z.int().positive(),
  data: z.unknown(),
  at: z.iso.datetime(),
  jobId: z.string().optional(),
});

export type Envelope = z.output<typeof envelope>;

/** The message body: JSON of everything but the trace context, which travels in headers. */
export function encodeEvent({ id, type, version, data, at, jobId }: StoredEvent): string {
  return JSON.stringify({ id, type, version, data, at: at.toISOString(), ...(jobId !== undefined && { jobId }) });
}

/** @throws SyntaxError when the body is not JSON, ZodError when it is not an event. */
export const decodeEvent = (body: Uint8Array): Envelope =>
  envelope.parse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body)));
