import { modelOf } from '@millrace/service/model';
import type { Connection } from 'mongoose';
import { insertMissing } from './insert-missing.ts';

/** Which campaign a request gets. The row's id is the request's own, so all who serve that request agree on one. */
type Creation = {
  readonly _id: string;
  /** The member that is meant for it; the request's own id when it is created cold. */
  readonly campaignId: string;
  readonly createdAt: Date;
};

type Decision = {
  readonly token: string;
  readonly campaignId: string;
  /** What was decided before, and can no longer be carried out by anybody. */
  readonly instead?: string | undefined;
};

export type Creations = ReturnType<typeof creationsIn>;

/**
 * The decisions for requests that may come again. They stand before what they decide is done, and are kept: the same request gets
 * the same campaign for ever, also from a process that slept while another served it.
 */
export function creationsIn(database: Connection) {
  const model = modelOf<Creation>(database, 'creations');
  return {
    /** What is decided for these requests, by token. */
    async of(tokens: readonly string[]): Promise<Map<string, string>> {
      if (tokens.length === 0) return new Map();
      const rows = await model
        .find({ _id: { $in: [...tokens] } } as never)
        .lean<Creation[]>()
        .exec();
      return new Map(rows.map(({ _id, campaignId }) => [_id, campaignId]));
    },

    /** @returns the tokens for which this is decided now; for the others somebody else has decided. */
    async decide(decisions: readonly Decision[]): Promise<ReadonlySet<string>> {
      const [changes, fresh] = parted(decisions, ({ instead }) => instead !== undefined);
      const [inserted, changed] = await Promise.all([insertAll(fresh), Promise.all(changes.map(change))]);
      return new Set([...inserted, ...changed.flat()]);
    },
  };

  async function insertAll(decisions: readonly Decision[]): Promise<string[]> {
    const createdAt = new Date();
    const rows = decisions.map(({ token, campaignId }) => ({ _id: token, campaignId, createdAt }));
    const isNew = await insertMissing(model, rows);
    return rows.flatMap(({ _id }, index) => (isNew[index] ? [_id] : []));
  }

  async function change({ token, campaignId, instead }: Decision): Promise<string[]> {
    const filter = { _id: token, campaignId: instead };
    const { matchedCount } = await model.updateOne(filter as never, { $set: { campaignId } });
    return matchedCount === 1 ? [token] : [];
  }
}

function parted<Item>(items: readonly Item[], isFirst: (item: Item) => boolean): [Item[], Item[]] {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))];
}
