/** Every interval of the runtime, in milliseconds. */
export type Timing = {
  /** A run whose lease was not renewed for so long is taken from it. */
  readonly leaseMs: number;
  readonly heartbeatMs: number;
  /** Jittered by ± 20 %. */
  readonly sweepMs: number;
  /** A due job whose message has not led to a run is dispatched again after this, then at doubling intervals. */
  readonly redispatchMs: number;
  /** What the runner has not announced itself by then, a relay announces. */
  readonly relayAfterMs: number;
  readonly confirmTimeoutMs: number;
  /** How long a handler may take to heed its aborted signal before the run goes on without it. */
  readonly abortGraceMs: number;
  /** How often slots of limits that somebody died with are looked for. */
  readonly reconcileMs: number;
};

export const defaultTiming: Timing = {
  leaseMs: 20_000,
  heartbeatMs: 5_000,
  sweepMs: 5_000,
  redispatchMs: 30_000,
  relayAfterMs: 2_000,
  confirmTimeoutMs: 10_000,
  abortGraceMs: 5_000,
  reconcileMs: 10_000,
};
