/**
 * Why an event was given up: by its hearer, or, when it is too large, by its teller.
 * | reason | buried |
 * |---|---|
 * | `unreadable` | at once: not JSON, or no event |
 * | `data-invalid` | at once: the data does not fit the contract |
 * | `version-unknown` | after all deliveries: newer than this service's contract |
 * | `handler-failed` | after all deliveries |
 * | `unanswered` | at twice the deliveries: handlers died without an answer |
 * | `too-large` | when it is published: the server takes no message of that size |
 */
export type BurialReason =
  | 'unreadable'
  | 'data-invalid'
  | 'version-unknown'
  | 'handler-failed'
  | 'unanswered'
  | 'too-large';

/** An event that this service could not handle, or not tell, with all that a person needs to judge it and to replay it. */
export type DeadEvent = {
  readonly source: 'event';
  readonly reason: BurialReason;
  /** What went wrong, for a person. */
  readonly detail: string;
  /** The stream's name. */
  readonly exchange: string;
  /** The subject. */
  readonly key: string;
  /** The event's id; empty when it could not be read. */
  readonly messageId: string;
  readonly type: string;
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string>>;
  readonly deliveries: number;
  readonly error: { readonly name: string; readonly message: string; readonly stack?: string };
  readonly traceId?: string;
};

/**
 * Keeps a dead event. Must be idempotent by exchange, key, messageId and body; while it throws, the event is
 * delivered again.
 */
export type Bury = (letter: DeadEvent) => Promise<unknown>;
