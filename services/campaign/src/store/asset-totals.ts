import type { Connection } from 'mongoose';
import { referenceModel } from './asset-references.ts';
import { type Asset, assetModel } from './assets.ts';

export type AssetTotals = {
  /** Files that lie at the provider. */
  readonly files: number;
  /** Live references of entities and templates. */
  readonly references: number;
  readonly bytesStored: number;
  /** What lies there only once although it is shown more than once. */
  readonly bytesSaved: number;
  /** Files that wait for their purge, or are in it. */
  readonly unreferenced: number;
  readonly purged: number;
  /** References to files that are not stored; anything but 0 is a fault. */
  readonly dangling: number;
};

export function assetTotalsIn(database: Connection) {
  const assets = assetModel(database);
  const references = referenceModel(database);
  return {
    async read(): Promise<AssetTotals> {
      const [files, used] = await Promise.all([
        assets.find({}, { bytes: 1, state: 1, unreferencedAt: 1 }).lean<Asset[]>().exec(),
        references
          .aggregate<{ _id: string; count: number }>([
            { $match: { isLive: true } },
            { $group: { _id: '$assetId', count: { $sum: 1 } } },
          ])
          .exec(),
      ]);
      return totalsOf(files, new Map(used.map(({ _id, count }) => [_id, count])));
    },
  };
}

const lies = ({ state }: Asset): boolean => state === 'stored' || state === 'purging' || state === 'deleting';

function totalsOf(files: readonly Asset[], used: ReadonlyMap<string, number>): AssetTotals {
  const stored = files.filter(lies);
  const known = new Set(stored.map(({ _id }) => _id));
  const sum = (values: Iterable<number>) => [...values].reduce((total, value) => total + value, 0);
  return {
    files: stored.length,
    references: sum(used.values()),
    bytesStored: sum(stored.map(({ bytes }) => bytes)),
    bytesSaved: sum(stored.map(({ _id, bytes }) => Math.max(0, (used.get(_id) ?? 0) - 1) * bytes)),
    unreferenced: stored.filter(({ state, unreferencedAt }) => state !== 'stored' || unreferencedAt !== null).length,
    purged: files.filter(({ state }) => state === 'purged').length,
    dangling: sum([...used].filter(([id]) => !known.has(id)).map(([, count]) => count)),
  };
}
