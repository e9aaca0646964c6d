import { pageOf, pageQuery, paging, type Route, route } from '@millrace/service';
import { z } from 'zod';
import { changeIn, type Release, removalReasons } from '../domain/release.ts';
import type { MusicStore } from '../store/music-store.ts';
import { albumParams, visibleAlbum } from './visible-album.ts';

type Deps = { readonly store: Pick<MusicStore, 'albums' | 'releases'> };

const releaseChange = z
  .object({
    releaseId: z.uuid(),
    musicbrainzId: z.string(),
    title: z.string(),
    kind: z.enum(['created', 'updated', 'removed']),
    reason: z.enum(removalReasons).nullable().meta({ description: 'Why it was removed.' }),
    fields: z
      .array(z.object({ field: z.string(), from: z.unknown(), to: z.unknown() }))
      .meta({ description: 'Of an update: what was, and what is.' }),
  })
  .meta({ id: 'ReleaseChange', description: 'What an import has done to a release.' });

const byDate = paging('release_changes', [
  ['sortDate', 1],
  ['_id', 1],
]);

/** Read from the releases themselves, which are written once with what changed them: an import that dies and runs again counts nothing twice. */
export const importChangesRoute = ({ store: { albums, releases } }: Deps): Route =>
  route({
    method: 'get',
    path: '/albums/:id/imports/:importId/changes',
    summary: 'Lists what an import has created, updated and removed, as far as no later one has changed it again.',
    role: 'any',
    params: albumParams.extend({ importId: z.uuid() }),
    query: z.strictObject(pageQuery),
    responses: { 200: pageOf(releaseChange) },
    problems: ['album-not-found'],
    async handle({ params: { id, importId }, query: { limit, cursor }, user }) {
      const { _id } = await visibleAlbum(albums, id, user);
      const changed = { $or: [{ changedIn: importId }, { 'removed.importId': importId }] };
      const filter = { $and: [changed, byDate.after(cursor)] };
      const rows = await releases.list(_id, { filter, sort: byDate.sort, limit: limit + 1 });
      return byDate.page(rows, limit, (row) => toChange(row, importId));
    },
  });

function toChange(release: Release, importId: string): z.input<typeof releaseChange> {
  const { _id: releaseId, musicbrainzId, title } = release;
  const { fields, ...change } = changeIn(release, importId);
  return { releaseId, musicbrainzId, title, ...change, fields: [...fields] };
}
