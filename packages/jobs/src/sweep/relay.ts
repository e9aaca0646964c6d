import type { Collections } from '../record/collections.ts';
import type { DatabaseClock } from '../record/database-clock.ts';
import type { JobRecord } from '../record/record.ts';
import type { Announcer } from './announcer.ts';

const BATCH = 200;
const AT_ONCE = 20;

type Parts = { collections: Collections; clock: DatabaseClock; announcer: Announcer; afterMs: number };

/** Where a sweep has stopped: the time of the last that was asked for, and who of that time was. */
type Place = { readonly at: Date; readonly ids: readonly string[] };

/**
 * Announces what runners have left pending: NATS was away, or the runner died between its end and the telling. Goes round and
 * round, so that what the bus refuses again and again keeps nothing else from being told.
 */
export class Relay {
  readonly #parts: Parts;
  #place: Place | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async sweep(): Promise<void> {
    const pending = await this.#behind(this.#place);
    for (let index = 0; index < pending.length; index += AT_ONCE) {
      const some = pending.slice(index, index + AT_ONCE);
      const told = await Promise.all(some.map((record) => this.#parts.announcer.tell(record)));
      // Whoever listens is away, most likely: asking for the others would only fill the log.
      if (!told.some(Boolean)) return this.#stopBehind(some);
    }
    if (pending.length === BATCH) this.#stopBehind(pending);
    else this.#place = undefined;
  }

  #behind(place: Place | undefined): Promise<JobRecord[]> {
    const { collections, clock, afterMs } = this.#parts;
    const before = new Date(clock.now().getTime() - afterMs);
    return collections.jobs
      .find({
        'announce.pending': true,
        'announce.at': { $lt: before, ...(place && { $gte: place.at }) },
        ...(place && { _id: { $nin: [...place.ids] } }),
      })
      .sort({ 'announce.at': 1 })
      .limit(BATCH)
      .toArray();
  }

  #stopBehind(asked: readonly JobRecord[]): void {
    const at = asked.at(-1)?.announce?.at;
    if (!at) return;
    const ids = asked.filter(({ announce }) => announce?.at.getTime() === at.getTime()).map(({ _id }) => _id);
    const isSameTime = this.#place?.at.getTime() === at.getTime();
    this.#place = { at, ids: [...(isSameTime ? (this.#place?.ids ?? []) : []), ...ids] };
  }
}

/**
 * Marks the announcements of a time range as pending again; the relay tells them with their old ids.
 * @returns how many jobs will be told of again.
 */
export async function republish(
  { jobs }: Collections,
  { from, to, type }: { from: Date; to: Date; type?: string | undefined },
): Promise<number> {
  const { matchedCount } = await jobs.updateMany(
    { 'announce.at': { $gte: from, $lte: to }, 'events.0': { $exists: true }, ...(type && { 'events.type': type }) },
    { $set: { 'announce.pending': true } },
  );
  return matchedCount;
}
