import type { mongo } from 'mongoose';
import type { Breaker } from '../define/breaker.ts';
import type { BreakerRow } from '../record/collections.ts';
import { isDuplicateKey } from '../record/duplicate-key.ts';

type Rows = mongo.Collection<BreakerRow>;

const MAX_SHOWN = 1_000;

/** Every change is one compare-and-set; each returns the row as it stands then. */
export class BreakerRows {
  readonly #rows: Rows;

  constructor(rows: Rows) {
    this.#rows = rows;
  }

  find(id: string): Promise<BreakerRow | null> {
    return this.#rows.findOne({ _id: id });
  }

  /** The row, made when there is none. */
  async ensured(id: string, now: Date): Promise<BreakerRow> {
    const found = await this.find(id);
    if (found) return found;
    const row = this.unused(id, now);
    try {
      await this.#rows.insertOne(row);
      return row;
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
      return this.ensured(id, now);
    }
  }

  /** As it is before its first failure. */
  unused(id: string, now: Date): BreakerRow {
    return { _id: id, state: 'closed', failures: [], openings: 0, callsPerSecond: 0, createdAt: now, changedAt: now };
  }

  /** By id, at most a thousand. */
  all(): Promise<BreakerRow[]> {
    return this.#rows.find({}).sort({ _id: 1 }).limit(MAX_SHOWN).toArray();
  }

  /** Counts a failure and opens when it is one too many. @returns the row, and whether this failure has opened it. */
  async failed(
    id: string,
    { failures, withinMs, openMs }: Breaker,
    now: Date,
    callsPerSecond: number,
  ): Promise<{ row: BreakerRow; hasOpened: boolean }> {
    await this.ensured(id, now);
    const row = await this.#change(
      { _id: id, state: 'closed' },
      { $push: { failures: { $each: [now], $slice: -failures } } },
    );
    if (!row) return { row: await this.ensured(id, now), hasOpened: false };
    const [oldest] = row.failures;
    const isTooMany =
      row.failures.length >= failures && oldest !== undefined && oldest.getTime() > now.getTime() - withinMs;
    if (!isTooMany) return { row, hasOpened: false };
    const opened = await this.#change(
      { _id: id, state: 'closed', changedAt: row.changedAt },
      {
        $set: {
          state: 'open',
          openUntil: new Date(now.getTime() + openMs),
          openings: 1,
          callsPerSecond,
          changedAt: now,
        },
        $unset: { probe: '', changedBy: '' },
      },
    );
    return { row: opened ?? (await this.ensured(id, now)), hasOpened: opened !== null };
  }

  /** Lets one caller try, when the time has come. Of all processes one gets the row back; null for the others. */
  probe(row: BreakerRow, now: Date, probe: NonNullable<BreakerRow['probe']>): Promise<BreakerRow | null> {
    const isDue: mongo.Filter<BreakerRow> =
      row.state === 'open'
        ? { state: 'open', openUntil: { $lte: now } }
        : { state: 'half-open', 'probe.until': { $lte: now } };
    return this.#change({ _id: row._id, ...isDue }, { $set: { state: 'half-open', probe, changedAt: now } });
  }

  /** The probe has had an answer. Null when another probe has taken over. */
  recovered(id: string, token: string, now: Date): Promise<BreakerRow | null> {
    return this.#change({ _id: id, state: 'half-open', 'probe.token': token }, closing({ changedAt: now }));
  }

  /** The probe has failed: open again, for twice as long. */
  relapsed(row: BreakerRow, { openMs, maxOpenMs }: Breaker, token: string, now: Date): Promise<BreakerRow | null> {
    const nextMs = Math.min(maxOpenMs, openMs * 2 ** Math.min(row.openings, 30));
    return this.#change(
      { _id: row._id, state: 'half-open', 'probe.token': token },
      {
        $set: { state: 'open', openUntil: new Date(now.getTime() + nextMs), changedAt: now },
        $inc: { openings: 1 },
        $unset: { probe: '' },
      },
    );
  }

  /** A person opens it, until a person closes it. Null when there is none. */
  hold(id: string, by: string, now: Date): Promise<BreakerRow | null> {
    return this.#change(
      { _id: id },
      { $set: { state: 'open', changedAt: now, changedBy: by }, $unset: { openUntil: '', probe: '' } },
    );
  }

  /** A person closes it. Null when there is none. */
  close(id: string, by: string, now: Date): Promise<BreakerRow | null> {
    return this.#change({ _id: id }, closing({ changedAt: now, changedBy: by }));
  }

  #change(filter: mongo.Filter<BreakerRow>, update: mongo.UpdateFilter<BreakerRow>): Promise<BreakerRow | null> {
    return this.#rows.findOneAndUpdate(filter, update, { returnDocument: 'after' });
  }
}

const closing = (change: Pick<BreakerRow, 'changedAt' | 'changedBy'>): mongo.UpdateFilter<BreakerRow> => ({
  $set: { state: 'closed', failures: [], openings: 0, ...change },
  $unset: { openUntil: '', probe: '' },
});
