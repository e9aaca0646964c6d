import { z } from 'zod';
import { type Album, importStatuses } from '../domain/album.ts';
import { releaseFormats } from '../domain/release-format.ts';

const time = z.iso.datetime();

export const failureShape = z.object({ code: z.string(), message: z.string(), remedy: z.string().optional() });

const thumbnails = z.object({ '250': z.url(), '500': z.url(), '1200': z.url() });

export const tasteShape = z.object({
  countries: z
    .array(z.string().regex(/^[A-Z]{2}$/, 'must be an ISO 3166-1 code, or XW, XE'))
    .max(50)
    .default([])
    .meta({ description: 'Best first; ISO codes, `XW` for worldwide.' }),
  formats: z.array(z.enum(releaseFormats)).max(10).default([]).meta({ description: 'Best first.' }),
});

export const albumResource = z
  .object({
    id: z.uuid(),
    title: z.string(),
    artists: z.array(z.string()),
    ownerId: z.string(),
    musicbrainzReleaseGroupId: z.uuid().nullable(),
    releaseGroupAliases: z.array(z.string()).meta({ description: 'Ids of the release group before it was merged.' }),
    importStatus: z
      .enum(importStatuses)
      .meta({ description: 'needs-match: the provider has no such release group, or none was given.' }),
    importJobId: z.string(),
    failure: failureShape.nullable().meta({ description: 'Of the last import; null when that went well.' }),
    releaseCount: z.int(),
    importedAt: time.nullable(),
    refreshAt: time.nullable().meta({ description: 'When it is looked at again by itself.' }),
    taste: tasteShape,
    preferredEdition: z
      .object({
        releaseId: z.string(),
        musicbrainzId: z.string(),
        isPinned: z.boolean(),
        reasons: z.array(z.string()).meta({ description: 'The weightiest first.' }),
      })
      .nullable(),
    cover: z
      .object({
        source: z.enum(['release', 'release-group']),
        releaseId: z.string().nullable(),
        url: z.url(),
        thumbnails,
      })
      .nullable(),
    batchId: z.string().optional().meta({ description: 'The batch that made it.' }),
    revision: z.int(),
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: 'Album', description: 'The album.' });

const iso = (date: Date | null) => date?.toISOString() ?? null;

/** An album as the outside sees it. */
export function toAlbumResource(album: Album): z.input<typeof albumResource> {
  const { _id, importCommandedAt: _c, importId: _i, pinnedReleaseId: _p, ...shown } = album;
  return {
    ...shown,
    id: _id,
    artists: [...shown.artists],
    releaseGroupAliases: [...shown.releaseGroupAliases],
    failure: shown.failure && failureOf(shown.failure),
    taste: { countries: [...shown.taste.countries], formats: [...shown.taste.formats] },
    preferredEdition: shown.preferredEdition && {
      ...shown.preferredEdition,
      reasons: [...shown.preferredEdition.reasons],
    },
    importedAt: iso(shown.importedAt),
    refreshAt: iso(shown.refreshAt),
    createdAt: shown.createdAt.toISOString(),
    updatedAt: shown.updatedAt.toISOString(),
  };
}

export const failureOf = ({ code, message, remedy }: NonNullable<Album['failure']>) => ({
  code,
  message,
  ...(remedy && { remedy }),
});
