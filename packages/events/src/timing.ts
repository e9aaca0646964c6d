/** All times of a bus, in milliseconds. */
export type Timing = {
  /** The server delivers again what was neither answered nor kept alive for this long. */
  readonly ackWaitMs: number;
  /** `publish` rejects after at most this long per event. */
  readonly publishTimeoutMs: number;
  /** One pull waits this long for messages; at least 1,000. */
  readonly pullMs: number;
  /** Between two looks at the stream, its consumers and its age. */
  readonly checkMs: number;
  /** Between two attempts to connect or to restore the stream. */
  readonly reconnectMs: number;
  readonly handlerTimeoutMs: number;
  /** How long `stop` waits for handlers before it aborts them. */
  readonly drainMs: number;
  /** Delay before delivery 2, 3, …; the last one repeats. Each is jittered by up to a fifth. */
  readonly backoffMs: readonly number[];
};

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

export const defaultTiming: Timing = {
  ackWaitMs: 30 * SECOND,
  publishTimeoutMs: 3 * SECOND,
  pullMs: 5 * SECOND,
  checkMs: MINUTE,
  reconnectMs: 500,
  handlerTimeoutMs: 5 * MINUTE,
  drainMs: 20 * SECOND,
  backoffMs: [SECOND, 5 * SECOND, 15 * SECOND, MINUTE, 5 * MINUTE, 15 * MINUTE, 60 * MINUTE],
};

/** Delay after the given number of deliveries, from 1. */
export function redeliveryDelayMs(backoffMs: readonly number[], deliveries: number, random = Math.random): number {
  const delayMs = backoffMs[Math.min(deliveries, backoffMs.length) - 1] ?? 0;
  return Math.round(delayMs * (0.8 + random() / 5));
}
