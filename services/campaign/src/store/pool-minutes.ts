import { modelOf } from '@millrace/service/model';
import type { Connection } from 'mongoose';
import type { PoolType } from '../domain/pool.ts';
import { poolInstruments } from './pool-instruments.ts';

/** What happened to a kind of pool in one minute, added up over all processes. */
export type PoolMinute = {
  readonly _id: string;
  readonly type: PoolType;
  readonly at: Date;
  /** It is deleted then. */
  readonly keptUntil: Date;
  readonly hits: number;
  readonly misses: number;
  /** Members that were removed without anybody having had them. */
  readonly wasted: number;
  readonly builds: number;
  readonly buildMs: number;
  /** Builds that replaced a claimed member, and how long after the claim it was replaced. */
  readonly refills: number;
  readonly refillMs: number;
  readonly exhaustedMs: number;
  /** At the last look in this minute. */
  readonly ready?: number;
  readonly building?: number;
  /** Claims by duration: `b5` counts those of at most 5 ms that took longer than the next smaller bound. */
  readonly claims?: Readonly<Record<string, number>>;
};

type Counter = 'hits' | 'misses' | 'wasted' | 'builds' | 'buildMs' | 'refills' | 'refillMs' | 'exhaustedMs';

export type PoolMinutes = ReturnType<typeof poolMinutesIn>;

/** Upper bounds of claim durations, in milliseconds; what is longer counts under the last. */
const claimBoundsMs = [5, 10, 20, 30, 50, 75, 100, 150, 250, 500, 1_000, 2_500, 5_000, 60_000] as const;

/** Three days are shown, each beside the same day of the week before. */
const keptMs = 10 * 86_400_000;
const minuteMs = 60_000;
const flushMs = 5_000;

/**
 * Counts what happens to the pools, by the minute, for ten days. Counts gather in the process and are written every five seconds:
 * a killed process takes its last ones with it. Nothing is decided by them.
 */
export function poolMinutesIn(database: Connection) {
  const model = modelOf<PoolMinute>(database, 'pool_minutes', [
    [{ type: 1, at: 1 }],
    [{ keptUntil: 1 }, { expireAfterSeconds: 0 }],
  ]);
  const instruments = poolInstruments();
  let waiting = new Map<
    string,
    { type: PoolType; at: Date; added: Record<string, number>; set: Record<string, number> }
  >();
  let timer: NodeJS.Timeout | undefined;

  const rowNow = (type: PoolType) => {
    const at = new Date(Math.floor(Date.now() / minuteMs) * minuteMs);
    const id = `${type}:${at.toISOString()}`;
    const row = waiting.get(id) ?? { type, at, added: {}, set: {} };
    waiting.set(id, row);
    timer ??= setTimeout(() => void flush(), flushMs).unref();
    return row;
  };

  async function flush(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    const rows = [...waiting];
    waiting = new Map();
    if (rows.length === 0) return;
    const writes = rows.map(([_id, { type, at, added, set }]) => ({
      updateOne: {
        filter: { _id },
        update: { $inc: added, $set: { ...set, type, at, keptUntil: new Date(at.getTime() + keptMs) } },
        upsert: true,
      },
    }));
    await model.collection.bulkWrite(writes as never, { ordered: false }).catch(() => undefined);
  }

  function add(type: PoolType, counter: Counter, by = 1): void {
    const { added } = rowNow(type);
    added[counter] = (added[counter] ?? 0) + by;
    instruments.count(type, counter, by);
  }

  return {
    add,
    /** A member is ready. @param lagMs since the claim of the one that it replaces, if it replaces one. */
    built({ type, ms, lagMs }: { type: PoolType; ms: number; lagMs?: number | undefined }): void {
      add(type, 'builds');
      add(type, 'buildMs', ms);
      instruments.took(type, 'build', ms);
      if (lagMs === undefined) return;
      add(type, 'refills');
      add(type, 'refillMs', lagMs);
      instruments.took(type, 'refillLag', lagMs);
    },
    claimTook(type: PoolType, ms: number): void {
      const { added } = rowNow(type);
      const bound = `claims.b${claimBoundsMs.find((most) => ms <= most) ?? claimBoundsMs.at(-1)}`;
      added[bound] = (added[bound] ?? 0) + 1;
      instruments.took(type, 'claim', ms);
    },
    seen(type: PoolType, counts: { ready: number; building: number }): void {
      Object.assign(rowNow(type).set, counts);
    },
    /** Oldest first. @param to default: until now. */
    since: (type: PoolType, from: Date, to?: Date): Promise<PoolMinute[]> =>
      model
        .find({ type, at: { $gte: from, ...(to && { $lte: to }) } } as never)
        .sort({ at: 1 })
        .lean<PoolMinute[]>()
        .exec(),
    /** Writes what has gathered. Never throws. */
    flush,
  };
}
