/** What can hold up a job that is due: slots of a key, a rate, or its tenant's turn. */
export type GateKind = 'limit' | 'rate' | 'turn';

export const GATE_KINDS = { concurrency: 'limit', rate: 'rate', turn: 'turn' } as const;

/** What a blocked job shows as `waitingFor`, and what all rows of the gate are kept under: `limit:<key>`. */
export const gateId = (kind: GateKind, key: string): string => `${kind}:${key}`;

/** A limit that has been met at least once: how wide it is. */
export type GateRow = {
  _id: string;
  kind: GateKind;
  queue: string;
  /** Of the rule; what settings override `max` by. */
  rule: string;
  /** 0 for a turn window that is as wide as its queue's workers make it. */
  declared: number;
  hold?: 'attempt' | 'job';
  perMs?: number;
  burst?: number;
  /** Of a rate: GCRA's theoretical arrival time, in milliseconds since 1970 with fractions. */
  freeAtMs?: number;
  usedAt: Date;
};

/** Until its job ends: whoever holds for so long is looked after by reconciling. */
export const FOREVER = new Date(Date.UTC(9999, 0));

/** A place in a concurrency limit or a turn window: held by a job until a time. Free when that is over. */
export type SlotRow = {
  _id: string;
  gate: string;
  i: number;
  jobId: string;
  /** The process that has taken it; empty while the job that was called to it is on its way. */
  owner: string;
  hold: 'attempt' | 'job' | 'turn';
  until: Date;
  /** Of the very taking: two takers never have the same. */
  token: string;
  at: Date;
};

/** A job that waits at a gate, by its id. */
export type WaiterRow = {
  _id: string;
  gate: string;
  tenant: string;
  /** Lanes in their order. */
  rank: number;
  /** When the job was commanded: a retry keeps its place. */
  at: Date;
  /** The dispatch that was blocked; a record that has moved on is no longer waiting. */
  n: number;
  since: Date;
};
