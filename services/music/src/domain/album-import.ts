import type { Failure } from './album.ts';

export const importOccasions = ['creation', 'wish', 'refresh'] as const;
export const importStates = ['running', 'completed', 'needs-match', 'failed', 'cancelled'] as const;

/** A release that could not be taken over; the others are. */
export type FailedRelease = { readonly musicbrainzId: string | null; readonly reason: string };

/** What an import has done, release by release. `skipped`: locked against every change that came. */
export type ImportResult = {
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly removed: number;
  readonly skipped: number;
  readonly failed: readonly FailedRelease[];
};

/** One import of an album; a rerun after a crash goes on with the same one. */
export type AlbumImport = {
  /** The root of its job. */
  readonly _id: string;
  readonly albumId: string;
  readonly jobId: string;
  readonly occasion: (typeof importOccasions)[number];
  readonly requestedBy: string | null;
  readonly state: (typeof importStates)[number];
  /** From 1: how often the provider's pages were walked from the beginning, because they had changed under way. */
  readonly pass: number;
  /** Releases received of those that the provider has. */
  readonly received: number;
  readonly total: number | null;
  readonly failed: readonly FailedRelease[];
  readonly result: ImportResult | null;
  readonly failure: Failure | null;
  readonly endedAt: Date | null;
  readonly revision: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

export const passIdOf = ({ _id, pass }: Pick<AlbumImport, '_id' | 'pass'>): string => `${_id}:${pass}`;
