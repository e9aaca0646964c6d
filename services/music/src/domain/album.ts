import type { Cover } from './cover-art.ts';
import type { PreferredEdition, Taste } from './preferred-edition.ts';

/** `needs-match`: the provider has no such release group, or none was given; nothing happens until somebody gives one. */
export const importStatuses = ['pending', 'importing', 'imported', 'needs-match', 'failed'] as const;
type ImportStatus = (typeof importStatuses)[number];

export type Failure = { readonly code: string; readonly message: string; readonly remedy?: string | undefined };

export type Album = {
  readonly _id: string;
  readonly title: string;
  readonly artists: readonly string[];
  readonly ownerId: string;
  readonly musicbrainzReleaseGroupId: string | null;
  /** Ids under which the release group was known before it was merged. */
  readonly releaseGroupAliases: readonly string[];
  readonly importStatus: ImportStatus;
  /** The job that imports it or did so last. */
  readonly importJobId: string;
  /** Stands in rows of former releases. */
  readonly importCommandedAt?: Date | null;
  /** The import that it is in, or was in last. */
  readonly importId: string | null;
  /** Of the last import; null when that went well. */
  readonly failure: Failure | null;
  readonly releaseCount: number;
  /** When all its releases were there last; null before the first time. */
  readonly importedAt: Date | null;
  /** When it is to be looked at again; null for never. */
  readonly refreshAt: Date | null;
  readonly taste: Taste;
  /** The edition that a person has chosen. */
  readonly pinnedReleaseId: string | null;
  readonly preferredEdition: PreferredEdition | null;
  readonly cover: Cover | null;
  /** The batch that made it; missing for one that was made by itself. */
  readonly batchId?: string;
  readonly revision: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

type Given = Pick<Album, '_id' | 'title' | 'artists' | 'ownerId' | 'musicbrainzReleaseGroupId' | 'importJobId'> &
  Partial<Pick<Album, 'batchId'>>;

export const newAlbum = (given: Given, at: Date): Album => ({
  ...given,
  releaseGroupAliases: [],
  importStatus: 'pending',
  importId: null,
  failure: null,
  releaseCount: 0,
  importedAt: null,
  refreshAt: null,
  taste: { countries: [], formats: [] },
  pinnedReleaseId: null,
  preferredEdition: null,
  cover: null,
  revision: 1,
  createdAt: at,
  updatedAt: at,
});
