import { ChangeFeed, type StreamEvent } from '@millrace/service';
import type { Album } from '../domain/album.ts';
import type { Albums } from '../store/albums.ts';
import { toAlbumResource } from './album-resource.ts';

type Log = ConstructorParameters<typeof ChangeFeed>[1];

export type AlbumFeed = ChangeFeed<Album>;

/** Tells of albums that change. */
export const createAlbumFeed = (albums: Pick<Albums, 'list' | 'changedSince'>, log: Log): AlbumFeed =>
  new ChangeFeed(
    {
      changedSince: (since, ownerId, limit) => albums.changedSince(since, { filter: ownedBy(ownerId), limit }),
      newest: (ownerId, limit) => albums.list({ filter: ownedBy(ownerId), limit }),
      eventOf,
      isOpenTo: ({ ownerId }, sub) => ownerId === sub,
    },
    log,
  );

const ownedBy = (ownerId: string | undefined) => (ownerId === undefined ? {} : { ownerId });

const eventOf = (album: Album): StreamEvent => ({
  id: `${album.updatedAt.getTime()}.${album._id}.${album.revision}`,
  event: 'album',
  data: toAlbumResource(album),
});
