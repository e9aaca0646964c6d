import { isDuplicateKey } from '@millrace/jobs';
import { modelOf } from '@millrace/service/model';
import type { Connection } from 'mongoose';
import { matchIdOf } from '../domain/ids.ts';
import type { ScoredCandidate } from '../domain/match-score.ts';
import type { Release } from '../domain/release.ts';

export const matchStates = ['pending', 'accepted', 'rejected'] as const;

/** Another provider's entry that may be a release of ours, for a person to look at. */
export type ReleaseMatch = ScoredCandidate & {
  readonly _id: string;
  readonly albumId: string;
  readonly ownerId: string;
  readonly releaseId: string;
  readonly releaseTitle: string;
  readonly provider: string;
  readonly state: (typeof matchStates)[number];
  readonly decidedBy: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

export function releaseMatchesIn(database: Connection) {
  const model = modelOf<ReleaseMatch>(database, 'release_matches', [
    [{ ownerId: 1, state: 1, score: -1, _id: 1 }],
    [{ state: 1, score: -1, _id: 1 }],
    [{ albumId: 1 }],
  ]);
  return {
    find: (id: string): Promise<ReleaseMatch | null> => model.findById(id).lean<ReleaseMatch>().exec(),

    /** Puts a candidate before a person, unless that was done before: what was rejected stays so. */
    async propose(release: Release, ownerId: string, { candidate, score, reasons }: ScoredCandidate): Promise<void> {
      const at = new Date();
      const provider = 'discogs';
      const row: ReleaseMatch = {
        _id: matchIdOf(release._id, provider, candidate.id),
        albumId: release.albumId,
        ownerId,
        releaseId: release._id,
        releaseTitle: release.title,
        provider,
        candidate,
        score,
        reasons,
        state: 'pending',
        decidedBy: null,
        createdAt: at,
        updatedAt: at,
      };
      await model.collection.insertOne(row as never).catch((error: unknown) => {
        if (!isDuplicateKey(error)) throw error;
      });
    },

    /** Whether a person has, or had, something to decide about a release. */
    isProposed: async ({ _id, albumId }: Release): Promise<boolean> =>
      (await model.exists({ albumId, releaseId: _id } as never)) !== null,

    /** Best first. */
    list: (filter: Record<string, unknown>, limit: number): Promise<ReleaseMatch[]> =>
      model
        .find(filter as never)
        .sort({ score: -1, _id: 1 })
        .limit(limit)
        .lean<ReleaseMatch[]>()
        .exec(),

    decide: (id: string, state: 'accepted' | 'rejected', by: string): Promise<ReleaseMatch | null> =>
      model
        .findByIdAndUpdate(id, { $set: { state, decidedBy: by, updatedAt: new Date() } }, { returnDocument: 'after' })
        .lean<ReleaseMatch>()
        .exec(),

    async removeAll(albumId: string): Promise<void> {
      await model.deleteMany({ albumId } as never);
    },
  };
}
