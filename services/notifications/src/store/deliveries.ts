import { isDuplicateKey } from '@millrace/jobs';
import type { Collection, Connection } from 'mongoose';
import {
  type Attempt,
  type Delivery,
  type DeliveryDraft,
  type DeliveryState,
  deliveryStates,
  hasEnded,
} from '../domain/delivery.ts';
import { type Counted, countEnd } from './delivery-metrics.ts';

type ListQuery = {
  readonly filter: Readonly<Partial<Pick<Delivery, 'recipient' | 'channel' | 'state' | 'category' | 'kind'>>>;
  readonly eventId?: string | undefined;
  readonly after: Record<string, unknown>;
  readonly limit: number;
};

const timelineKept = 50;
const attemptsKept = 20;
const keptSeconds = 90 * 86_400;
type Rows = Collection<Delivery>;

const counted = { channel: 1, category: 1, happenedAt: 1 } as const satisfies Record<keyof Counted, 1>;

export type Deliveries = ReturnType<typeof createDeliveries>;

/** Collection `deliveries`: every message to every address, kept for 90 days. */
export function createDeliveries(database: Connection) {
  const rows = () => database.collection<Delivery>('deliveries');
  const find = (_id: string): Promise<Delivery | null> => rows().findOne({ _id });
  const open = { $nin: deliveryStates.filter(hasEnded) };

  /** @param more narrows which row it may be. @returns whether it was that one. */
  const move = async (
    _id: string,
    state: DeliveryState,
    { reason = null, set = {}, more = {} }: { reason?: string | null; set?: object; more?: object } = {},
  ): Promise<boolean> => {
    const now = new Date();
    const entry = { at: now, state, reason };
    const moved = await rows().findOneAndUpdate(
      { _id, ...more } as object,
      {
        $set: { ...set, state, reason, updatedAt: now },
        $push: { timeline: { $each: [entry], $slice: -timelineKept } },
      } as object,
      { projection: counted },
    );
    if (moved && hasEnded(state)) countEnd(moved, state, now);
    return moved !== null;
  };

  return {
    find,
    move,

    /** The same id again changes nothing. */
    async add(draft: DeliveryDraft): Promise<void> {
      const now = new Date();
      const { reason = null, ...fields } = draft;
      const begun = { reason, generation: 0, attempts: [], repeats: 0, createdAt: now, updatedAt: now };
      const timeline = [{ at: now, state: draft.state, reason }];
      try {
        await rows().insertOne({ ...fields, ...begun, timeline });
        if (hasEnded(draft.state)) countEnd(draft, draft.state, now);
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
      }
    },

    /**
     * The delivery for a job of this generation; undefined when it is another's. A newer generation takes up what has
     * ended, under the same id.
     */
    async take(_id: string, generation: number): Promise<Delivery | undefined> {
      const more = { generation: { $lt: generation }, state: { $in: deliveryStates.filter(hasEnded) } };
      await move(_id, 'queued', { reason: 'sent again', set: { generation, notBefore: null }, more });
      const delivery = await find(_id);
      return delivery?.generation === generation ? delivery : undefined;
    },

    /** Notes that it goes out now; until the answer is noted, the outcome is unknown. */
    async beginAttempt({ _id, attempts }: Delivery): Promise<Attempt> {
      const attempt: Attempt = { at: new Date(), verdict: 'unknown', status: null, answer: null, tookMs: null };
      const repeats = attempts.at(-1)?.verdict === 'unknown' ? 1 : 0;
      await rows().updateOne({ _id }, {
        $set: { state: 'sending', reason: null, updatedAt: attempt.at },
        $inc: { repeats },
        $push: {
          attempts: { $each: [attempt], $slice: -attemptsKept },
          timeline: { $each: [{ at: attempt.at, state: 'sending', reason: null }], $slice: -timelineKept },
        },
      } as object);
      return attempt;
    },

    async endAttempt(_id: string, attempt: Attempt, state: DeliveryState, reason: string | null): Promise<void> {
      await rows().updateOne(
        { _id, 'attempts.at': attempt.at } as object,
        { $set: { 'attempts.$': attempt } } as object,
      );
      await move(_id, state, { reason });
    },

    /** Marks what is still open of this generation as failed. */
    abandon: (_id: string, generation: number, reason: string) =>
      move(_id, 'failed', { reason, more: { generation, state: open } }),

    /** Puts what waits for one digest into another, unless that has taken it already. */
    regather: (_id: string, from: string, to: string) =>
      move(_id, 'gathered', { set: { digestId: to }, more: { state: 'gathered', digestId: from } }),

    /** All that was gathered, in the order in which it came; nothing joins it later. */
    async gathered(digestId: string): Promise<Delivery[]> {
      const now = new Date();
      const reason = `told by delivery ${digestId}`;
      const waiting = await rows().find({ digestId, state: 'gathered' }, { projection: counted }).toArray();
      await rows().updateMany({ digestId, state: 'gathered' }, {
        $set: { state: 'digested', reason, updatedAt: now },
        $push: { timeline: { at: now, state: 'digested', reason } },
      } as object);
      for (const one of waiting) countEnd(one, 'digested', now);
      return rows().find({ digestId, state: 'digested' }).sort({ createdAt: 1, _id: 1 }).toArray();
    },

    ...readingOf(rows),
  };
}

const readingOf = (rows: () => Rows) => ({
  /** Newest first. */
  list({ filter, eventId, after, limit }: ListQuery): Promise<Delivery[]> {
    const wanted = { ...filter, ...(eventId !== undefined && { eventIds: eventId }) };
    return rows()
      .find({ $and: [wanted, after] } as object)
      .sort({ createdAt: -1, _id: -1 })
      .limit(limit)
      .toArray();
  },

  async createIndexes(): Promise<void> {
    await rows().createIndexes([
      { key: { recipient: 1, createdAt: -1, _id: -1 }, name: 'list-of-person' },
      { key: { state: 1, createdAt: -1, _id: -1 }, name: 'list-by-state' },
      { key: { digestId: 1 }, name: 'digest', partialFilterExpression: { digestId: { $type: 'string' } } },
      { key: { eventIds: 1 }, name: 'event' },
      { key: { createdAt: 1 }, name: 'expiry', expireAfterSeconds: keptSeconds },
    ]);
  },
});
