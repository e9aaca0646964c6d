import type { Jobs } from '@millrace/jobs';
import {
  created,
  eventStream,
  jobResource,
  noContent,
  ok,
  pageOf,
  pageQuery,
  paging,
  problem,
  type Route,
  route,
} from '@millrace/service';
import { z } from 'zod';
import { firstImport } from '../clients/first-import.ts';
import { type Album, importStatuses } from '../domain/album.ts';
import { firstImportJobOf } from '../domain/ids.ts';
import type { MusicStore } from '../store/music-store.ts';
import type { AlbumFeed } from './album-feed.ts';
import { albumResource, tasteShape, toAlbumResource } from './album-resource.ts';
import { chooseEdition } from './choose-edition.ts';
import { albumParams, visibleAlbum } from './visible-album.ts';

type Deps = { readonly store: MusicStore; readonly jobs: Jobs; readonly feed: AlbumFeed };

export const albumRoutes = (deps: Deps): readonly Route[] => [
  createRoute(deps),
  listRoute(deps),
  showRoute(deps),
  changeRoute(deps),
  deleteRoute(deps),
  feedRoute(deps),
];

const title = z.string().trim().min(1).max(500);
const name = z.string().trim().min(1).max(300);
const artists = z.array(z.union([name, z.object({ name }).transform((artist) => artist.name)])).max(100);

const createRoute = ({ store: { albums }, jobs }: Deps) =>
  route({
    method: 'post',
    path: '/albums',
    summary: 'Creates an album at once; its releases are imported in the background.',
    role: 'member',
    body: z.object({
      title: title.meta({ example: 'Single Pressing' }),
      artists: artists.default([]).meta({ description: 'Names, in order.' }),
      musicbrainzReleaseGroupId: z
        .uuid()
        .nullish()
        .meta({ description: 'Without it the album is created and needs a match.' }),
    }),
    responses: {
      201: {
        description: 'Created. `job` imports its releases.',
        body: z.object({ album: albumResource, job: jobResource }),
      },
    },
    async handle({ body, user, commandId }) {
      const wish = {
        _id: commandId,
        title: body.title,
        artists: body.artists,
        ownerId: user.sub,
        musicbrainzReleaseGroupId: body.musicbrainzReleaseGroupId ?? null,
        importJobId: firstImportJobOf(commandId),
      };
      const { album, job } = await albums.create(wish, firstImport(jobs));
      return created(`/albums/${album._id}`, { album: toAlbumResource(album), job });
    },
  });

const newest = paging('albums', [
  ['createdAt', -1],
  ['_id', -1],
]);

const listRoute = ({ store: { albums } }: Deps) =>
  route({
    method: 'get',
    path: '/albums',
    summary: 'Lists albums, newest first; members see their own.',
    role: 'any',
    query: z.strictObject({
      ...pageQuery,
      importStatus: z.enum(importStatuses).optional(),
      batchId: z.uuid().optional(),
    }),
    responses: { 200: pageOf(albumResource) },
    async handle({ query: { limit, cursor, importStatus, batchId }, user }) {
      const filter = { ...ownedBy(user), ...(importStatus && { importStatus }), ...(batchId && { batchId }) };
      const rows = await albums.list({ filter, after: newest.after(cursor), limit: limit + 1 });
      return newest.page(rows, limit, toAlbumResource);
    },
  });

const showRoute = ({ store: { albums } }: Deps) =>
  route({
    method: 'get',
    path: '/albums/:id',
    summary: 'Shows an album: how its import stands, which edition is preferred and why, its cover.',
    role: 'any',
    params: albumParams,
    responses: { 200: albumResource },
    problems: ['album-not-found'],
    async handle({ params, user }) {
      const album = await visibleAlbum(albums, params.id, user);
      return ok(toAlbumResource(album), { revision: album.revision });
    },
  });

const changeRoute = ({ store }: Deps) =>
  route({
    method: 'patch',
    path: '/albums/:id',
    summary:
      'Changes an album, what its owner likes best, or which edition is preferred; another release group takes effect with the next import.',
    role: 'member',
    params: albumParams,
    body: z
      .object({
        title,
        artists,
        musicbrainzReleaseGroupId: z.uuid().nullable(),
        taste: tasteShape,
        pinnedReleaseId: z.uuid().nullable().meta({ description: 'The preferred edition; null: by taste.' }),
      })
      .partial(),
    responses: { 200: albumResource },
    problems: ['album-not-found', 'release-not-found', 'revision-mismatch'],
    async handle({ params, body, user, ifMatch }) {
      await visibleAlbum(store.albums, params.id, user);
      if (body.pinnedReleaseId && !(await store.releases.find(params.id, body.pinnedReleaseId)))
        throw problem('release-not-found', { id: body.pinnedReleaseId });
      const fields = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
      const changed = await store.albums.edit(params.id, fields as Partial<Album>, ifMatch);
      if (!changed) throw ifMatch === undefined ? problem('album-not-found', params) : problem('revision-mismatch', {});
      const album = body.taste || body.pinnedReleaseId !== undefined ? await chooseEdition(store, changed) : changed;
      return ok(toAlbumResource(album), { revision: album.revision });
    },
  });

const deleteRoute = ({ store: { albums, releases, imports, matches } }: Deps) =>
  route({
    method: 'delete',
    path: '/albums/:id',
    summary: 'Deletes an album with its releases; an import that is under way ends.',
    role: 'member',
    params: albumParams,
    responses: { 204: { description: 'Deleted.' } },
    problems: ['album-not-found'],
    async handle({ params, user }) {
      const { _id } = await visibleAlbum(albums, params.id, user);
      // Who dies before the album is gone can delete again; what an import has written meanwhile goes after it.
      await Promise.all([releases.removeAll(_id), imports.removeAll(_id)]);
      await albums.remove(_id);
      await Promise.all([releases.removeAll(_id), imports.removeAll(_id), matches.removeAll(_id)]);
      return noContent();
    },
  });

const feedRoute = ({ feed }: Deps) =>
  route({
    method: 'get',
    path: '/events',
    summary: 'Streams albums as they change: a snapshot of the newest first, then each change.',
    role: 'any',
    responses: { 200: { description: 'A server-sent event stream of albums.', mediaType: 'text/event-stream' } },
    handle: async ({ user }) => eventStream(feed.streamFor(user.seesAll ? undefined : user.sub)),
  });

const ownedBy = ({ sub, seesAll }: { sub: string; seesAll: boolean }) => (seesAll ? {} : { ownerId: sub });
