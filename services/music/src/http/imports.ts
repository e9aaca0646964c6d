import type { Jobs } from '@millrace/jobs';
import { accepted, jobResource, pageOf, pageQuery, paging, type Route, route } from '@millrace/service';
import { z } from 'zod';
import { type AlbumImport, importOccasions, importStates } from '../domain/album-import.ts';
import type { MusicStore } from '../store/music-store.ts';
import { albumResource, failureOf, failureShape, toAlbumResource } from './album-resource.ts';
import { commandImport } from './import-command.ts';
import { albumParams, visibleAlbum } from './visible-album.ts';

type Deps = { readonly store: Pick<MusicStore, 'albums' | 'imports'>; readonly jobs: Jobs };

export const importRoutes = (deps: Deps): readonly Route[] => [importRoute(deps), listRoute(deps)];

const importRoute = ({ store: { albums }, jobs }: Deps) =>
  route({
    method: 'post',
    path: '/albums/:id/import',
    summary: 'Imports the releases of an album now, or finds the job that is doing so.',
    role: 'member',
    params: albumParams,
    body: z.object({}).optional(),
    responses: {
      202: { description: 'See the job at Location.', body: z.object({ album: albumResource, job: jobResource }) },
    },
    problems: ['album-not-found'],
    async handle({ params, user, commandId }) {
      const album = await visibleAlbum(albums, params.id, user);
      const job = await commandImport({ jobs, albums }, album, { user, commandId });
      return accepted(`/jobs/${job.id}`, { album: toAlbumResource({ ...album, importJobId: job.id }), job });
    },
  });

const importResource = z
  .object({
    id: z.string(),
    albumId: z.string(),
    jobId: z.string(),
    occasion: z.enum(importOccasions),
    requestedBy: z.string().nullable(),
    state: z.enum(importStates),
    received: z.int().meta({ description: 'Releases that have come so far, of `total`.' }),
    total: z.int().nullable(),
    result: z
      .object({
        created: z.int(),
        updated: z.int(),
        unchanged: z.int(),
        removed: z.int(),
        skipped: z.int().meta({ description: 'Changed only in fields that are locked.' }),
        failed: z.array(z.object({ musicbrainzId: z.string().nullable(), reason: z.string() })),
      })
      .nullable(),
    failure: failureShape.nullable(),
    endedAt: z.iso.datetime().nullable(),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'AlbumImport', description: 'An import of an album.' });

const newest = paging('album_imports', [
  ['createdAt', -1],
  ['_id', -1],
]);

const listRoute = ({ store: { albums, imports } }: Deps) =>
  route({
    method: 'get',
    path: '/albums/:id/imports',
    summary: 'Lists the imports of an album, newest first, with what each has changed.',
    role: 'any',
    params: albumParams,
    query: z.strictObject(pageQuery),
    responses: { 200: pageOf(importResource) },
    problems: ['album-not-found'],
    async handle({ params, query: { limit, cursor }, user }) {
      const { _id } = await visibleAlbum(albums, params.id, user);
      const rows = await imports.list(_id, { after: newest.after(cursor), limit: limit + 1 });
      return newest.page(rows, limit, toImportResource);
    },
  });

function toImportResource(row: AlbumImport): z.input<typeof importResource> {
  const { _id, pass: _p, revision: _r, failed: _f, result, failure, endedAt, createdAt, updatedAt, ...shown } = row;
  return {
    ...shown,
    id: _id,
    result: result && { ...result, failed: [...result.failed] },
    failure: failure && failureOf(failure),
    endedAt: endedAt?.toISOString() ?? null,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
}
