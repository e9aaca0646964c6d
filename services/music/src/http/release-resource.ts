import { z } from 'zod';
import { coversOf } from '../domain/cover-art.ts';
import { releaseStatuses } from '../domain/edition.ts';
import { datePrecisions } from '../domain/partial-date.ts';
import { lockableFields, type Release, removalReasons } from '../domain/release.ts';
import { releaseFormats } from '../domain/release-format.ts';

const time = z.iso.datetime();

export const labelShape = z.object({ name: z.string().nullable(), catalogNumber: z.string().nullable() });

export const releaseResource = z
  .object({
    id: z.uuid(),
    albumId: z.uuid(),
    musicbrainzId: z.string(),
    aliases: z.array(z.string()).meta({ description: 'MusicBrainz ids that were merged into this one.' }),
    discogsId: z.string().nullable(),
    title: z.string(),
    disambiguation: z.string(),
    status: z.enum(releaseStatuses).nullable(),
    format: z.enum(releaseFormats).meta({ description: 'Of all media; mixed when they differ.' }),
    date: z.string().nullable().meta({ description: 'As precise as it is known.', example: '1973-03' }),
    datePrecision: z.enum(datePrecisions).nullable(),
    country: z.string().nullable(),
    countries: z.array(z.string()),
    barcode: z.string().nullable().meta({ description: 'Null: unknown; empty: it has none.' }),
    packaging: z.string().nullable(),
    language: z.string().nullable(),
    script: z.string().nullable(),
    asin: z.string().nullable(),
    labels: z.array(labelShape),
    media: z.array(
      z.object({ position: z.int(), format: z.string().nullable(), title: z.string(), trackCount: z.int() }),
    ),
    coverArt: z.object({
      front: z.boolean(),
      back: z.boolean(),
      count: z.int(),
      isDarkened: z.boolean(),
      frontUrl: z.url().nullable(),
      thumbnails: z.object({ '250': z.url(), '500': z.url(), '1200': z.url() }).nullable(),
    }),
    provenance: z
      .record(z.string(), z.object({ provider: z.string(), fetchedAt: time }))
      .meta({ description: 'Who said each field last, and when.' }),
    lockedFields: z.array(z.enum(lockableFields)).meta({ description: 'No import changes them.' }),
    removed: z
      .object({ at: time, reason: z.enum(removalReasons), mergedInto: z.string().nullable() })
      .nullable()
      .meta({ description: 'The provider lists it no more; it is kept.' }),
    revision: z.int(),
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: 'Release', description: 'The release.' });

/** A release as the outside sees it. */
export function toReleaseResource(release: Release): z.input<typeof releaseResource> {
  const {
    _id,
    contentHash: _h,
    source: _s,
    sortDate: _d,
    createdIn: _c,
    changedIn: _ch,
    skippedIn: _sk,
    lastChange: _l,
    seenIn: _se,
    seenAt: _sa,
    removed,
    provenance,
    ...shown
  } = release;
  return {
    ...shown,
    id: _id,
    aliases: [...shown.aliases],
    countries: [...shown.countries],
    labels: [...shown.labels],
    media: [...shown.media],
    lockedFields: [...shown.lockedFields],
    coverArt: coversOf(shown.musicbrainzId, shown.coverArt),
    provenance: Object.fromEntries(
      Object.entries(provenance).map(([field, { provider, fetchedAt }]) => [
        field,
        { provider, fetchedAt: fetchedAt.toISOString() },
      ]),
    ),
    removed: removed && { at: removed.at.toISOString(), reason: removed.reason, mergedInto: removed.mergedInto },
    createdAt: shown.createdAt.toISOString(),
    updatedAt: shown.updatedAt.toISOString(),
  };
}
