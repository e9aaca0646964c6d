import { problem, type User } from '@millrace/service';
import { z } from 'zod';
import type { Album } from '../domain/album.ts';
import type { Albums } from '../store/albums.ts';

export const albumParams = z.object({ id: z.uuid() });

/** The album, if this user may see it: members see their own. @throws Problem `album-not-found` also for those of others. */
export async function visibleAlbum(albums: Pick<Albums, 'find'>, id: string, user: User): Promise<Album> {
  const album = await albums.find(id);
  if (!album || !(user.seesAll || album.ownerId === user.sub)) throw problem('album-not-found', { id });
  return album;
}
