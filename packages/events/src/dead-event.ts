/**
 * Why an event was given up.
 * | reason | buried |
 * |---|---|
 * | `unreadable` | at once: not JSON, or no event |
 * | `data-invalid` | at once: the data does not fit the contract |
 * | `version-unknown` | after all deliveries: newer than this service's contract |
 * | `handler-failed` | after all deliveries |
 * | `unanswered` | at twice the deliveries: handlers died without an answer |
 */
export type BurialReason = 'unreadable' | 'data-invalid' | 'version-unknown' | 'handler-failed' | 'unanswered';

/** An event that this service could not handle, with all that a person needs to judge it and to replay it. */
export type DeadEvent = {
  readonly source: 'event';
  /** `<service>:<event id>`, or a hash of subject and body when the event has no readable id. The same at each burial. */
  readonly id: string;
  readonly service: string;
  readonly subject: string;
  readonly type: string;
  readonly eventId?: string;
  readonly reason: BurialReason;
  readonly error: { readonly name: string; readonly message: string; readonly stack?: string };
  readonly deliveries: number;
  /** The message as it came; bytes that are not UTF-8 are replaced. */
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly traceId?: string;
};

/** Keeps a dead event. Must be idempotent by `id`; while it throws, the event is delivered again. */
export type Bury = (letter: DeadEvent) => Promise<void>;
