import type { Collections } from '../record/collections.ts';
import type { DatabaseClock } from '../record/database-clock.ts';
import type { Announcer } from './announcer.ts';

const BATCH = 200;
const AT_ONCE = 20;

/** Announces what runners have left pending: NATS was away, or the runner died between its end and the telling. */
export async function relayPending({
  collections,
  clock,
  announcer,
  afterMs,
}: {
  collections: Collections;
  clock: DatabaseClock;
  announcer: Announcer;
  afterMs: number;
}): Promise<void> {
  const before = new Date(clock.now().getTime() - afterMs);
  const pending = await collections.jobs
    .find({ 'announce.pending': true, 'announce.at': { $lt: before } })
    .sort({ 'announce.at': 1 })
    .limit(BATCH)
    .toArray();
  for (let index = 0; index < pending.length; index += AT_ONCE) {
    const told = await Promise.all(pending.slice(index, index + AT_ONCE).map((record) => announcer.tell(record)));
    // Whoever listens is away: asking for the others would only fill the log.
    if (!told.some(Boolean)) return;
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
