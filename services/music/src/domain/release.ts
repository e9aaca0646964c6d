import { contentHash } from './content-hash.ts';
import type { Edition, EditionFields } from './edition.ts';
import { releaseIdOf } from './ids.ts';

/** Fields that people may set and hold against the provider. */
export const lockableFields = [
  'title',
  'disambiguation',
  'status',
  'format',
  'date',
  'country',
  'barcode',
  'packaging',
  'language',
  'script',
  'labels',
] as const;
export type LockableField = (typeof lockableFields)[number];

export const removalReasons = ['merged', 'deleted', 'moved', 'not-listed'] as const;
type RemovalReason = (typeof removalReasons)[number];

/** Who said a field last, and when. */
export type Provenance = { readonly provider: string; readonly fetchedAt: Date };

export type Removal = {
  readonly at: Date;
  readonly reason: RemovalReason;
  /** The release that it was merged into. */
  readonly mergedInto: string | null;
  readonly importId: string;
};

/** What an import has changed of a release, field by field; missing for one that was never changed. */
type LastChange = {
  readonly importId: string;
  readonly fields: readonly { readonly field: string; readonly from: unknown; readonly to: unknown }[];
};

export type Release = EditionFields & {
  readonly _id: string;
  readonly albumId: string;
  readonly musicbrainzId: string;
  /** Ids of releases that were merged into this one. */
  readonly aliases: readonly string[];
  readonly discogsId: string | null;
  /** By which lists are sorted; see {@link sortDateOf}. */
  readonly sortDate: string;
  readonly provenance: Readonly<Record<string, Provenance>>;
  readonly lockedFields: readonly LockableField[];
  /** Of the provider's payload; empty when the next import is to look at every field again. */
  readonly contentHash: string;
  readonly source: { readonly provider: string; readonly fetchedAt: Date; readonly payload: unknown };
  readonly removed: Removal | null;
  /** The imports that made it, changed it last, could not change it last because of locks, and met it last. */
  readonly createdIn: string;
  readonly changedIn: string;
  readonly skippedIn: string | null;
  readonly lastChange?: LastChange;
  readonly seenIn: string;
  readonly seenAt: Date;
  readonly revision: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

export type ReleaseChange =
  | { readonly kind: 'create' | 'update'; readonly release: Release }
  | { readonly kind: 'unchanged'; readonly release: Release };

type Meeting = {
  readonly albumId: string;
  readonly importId: string;
  /** Which walk over the provider's pages this is; a release that no walk has met has vanished. */
  readonly passId: string;
  readonly at: Date;
};

const provider = 'musicbrainz';

/** What an import does with a release as the provider has it now. Locked fields stay, whatever the provider says. */
export function meetRelease(existing: Release | undefined, edition: Edition, meeting: Meeting): ReleaseChange {
  const hash = contentHash(edition.payload);
  if (!existing) return { kind: 'create', release: newRelease(edition, hash, meeting) };
  const seen = { ...existing, seenIn: meeting.passId, seenAt: meeting.at };
  if (existing.contentHash === hash && !existing.removed) return { kind: 'unchanged', release: seen };
  return { kind: 'update', release: changedRelease(seen, edition, hash, meeting) };
}

function newRelease({ id, fields, payload }: Edition, hash: string, meeting: Meeting): Release {
  const { albumId, importId, passId, at } = meeting;
  return {
    _id: releaseIdOf(albumId, id),
    albumId,
    musicbrainzId: id,
    aliases: [],
    discogsId: null,
    ...fields,
    sortDate: sortDateOf(fields),
    provenance: toldBy(Object.keys(fields), { provider, fetchedAt: at }),
    lockedFields: [],
    contentHash: hash,
    source: { provider, fetchedAt: at, payload },
    removed: null,
    createdIn: importId,
    changedIn: importId,
    skippedIn: null,
    seenIn: passId,
    seenAt: at,
    revision: 1,
    createdAt: at,
    updatedAt: at,
  };
}

function changedRelease(seen: Release, { fields, payload }: Edition, hash: string, { importId, at }: Meeting): Release {
  const different = Object.entries(fields).filter(
    ([field, value]) => !isSame(seen[field as keyof EditionFields], value),
  );
  const changed = different.filter(([field]) => !isLocked(seen, field));
  const isHeldBack = different.length > 0 && changed.length === 0 && !seen.removed;
  return {
    ...seen,
    ...Object.fromEntries(changed),
    sortDate: sortDateOf({ date: seen.date, ...Object.fromEntries(changed) }),
    provenance: {
      ...seen.provenance,
      ...toldBy(
        changed.map(([field]) => field),
        { provider, fetchedAt: at },
      ),
    },
    contentHash: hash,
    source: { provider, fetchedAt: at, payload },
    removed: null,
    ...(isHeldBack ? { skippedIn: importId } : { changedIn: importId, lastChange: changeOf(seen, changed, importId) }),
    revision: seen.revision + 1,
    updatedAt: at,
  };
}

/** That it is listed again is a change like any other. */
const changeOf = (seen: Release, changed: readonly [string, unknown][], importId: string): LastChange => ({
  importId,
  fields: [
    ...(seen.removed ? [{ field: 'removed', from: seen.removed.reason, to: null }] : []),
    ...changed.map(([field, to]) => ({ field, from: seen[field as keyof EditionFields], to })),
  ],
});

/** How an import has changed a release; `updated` with the fields. Only the last change of each release is known. */
export function changeIn(release: Release, importId: string) {
  const { createdIn, removed, lastChange } = release;
  if (removed?.importId === importId) return { kind: 'removed', reason: removed.reason, fields: [] } as const;
  if (createdIn === importId) return { kind: 'created', reason: null, fields: [] } as const;
  return { kind: 'updated', reason: null, fields: lastChange?.importId === importId ? lastChange.fields : [] } as const;
}

/** Unknown dates come last. */
export const sortDateOf = ({ date }: Pick<EditionFields, 'date'>): string => date ?? '9999';

/** The precision is part of the date, and the countries of the country. */
const isLocked = ({ lockedFields }: Release, field: string): boolean =>
  lockedFields.includes((companions[field] ?? field) as LockableField);

const companions: Readonly<Record<string, LockableField>> = { datePrecision: 'date', countries: 'country' };

const isSame = (one: unknown, other: unknown): boolean => contentHash({ value: one }) === contentHash({ value: other });

export const toldBy = (fields: readonly string[], told: Provenance): Record<string, Provenance> =>
  Object.fromEntries(fields.map((field) => [field, told]));
