import { poolMemberId } from './ids.ts';

export const poolTypes = ['master', 'user'] as const;
export type PoolType = (typeof poolTypes)[number];

/**
 * A campaign's life in a pool. `building → ready → claimed`; on the way it may fail, be outdated by a newer template (`stale`),
 * grow too old (`expired`), or have failed so often that somebody should look (`quarantined`).
 */
export const poolStatuses = ['building', 'ready', 'claimed', 'failed', 'stale', 'quarantined', 'expired'] as const;
export type PoolStatus = (typeof poolStatuses)[number];

/** A place in a pool. There are as many as the policy's `max`, so a pool cannot grow beyond it. */
export type PoolSlot = {
  /** `<pool>#<number>`. */
  readonly _id: string;
  /** `master`, or `user:<sub>`. */
  readonly pool: string;
  readonly type: PoolType;
  /** From 1. */
  readonly number: number;
  /** The campaign that stands in it; null while it is free. */
  readonly campaignId: string | null;
  /** How many campaigns have stood in it. */
  readonly generation: number;
  /** Seedings that failed one after the other. */
  readonly failures: number;
  readonly openedAt: Date | null;
  /** When the campaign was claimed that the one in it replaces; null when it replaces none. */
  readonly wantedAt?: Date | null;
  readonly updatedAt: Date;
};

export const slotIdOf = (pool: string, number: number): string => `${pool}#${number}`;

/** The campaign of a slot: whoever opens the slot, or repeats it after a crash, makes the same one. */
export const memberOf = ({ _id, generation }: Pick<PoolSlot, '_id' | 'generation'>): string =>
  poolMemberId(`${_id}:${generation}`);
