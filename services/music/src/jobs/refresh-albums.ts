import { importAlbumReleases, refreshAlbums } from '@millrace/contracts/music';
import { defineJob, done, type Jobs } from '@millrace/jobs';
import { refreshJobOf } from '../domain/ids.ts';
import type { MusicStore } from '../store/music-store.ts';

type Deps = { readonly store: Pick<MusicStore, 'albums'>; jobs(): Promise<Pick<Jobs, 'enqueue'>> };

const albumsAtOnce = 200;
/** Set by the import itself when it ends; until then nobody commands it again. */
const meanwhileMs = 86_400_000;

/** Commands the import of albums that are due, behind what people wait for. A rerun commands the very same jobs. */
export const refreshAlbumsJob = ({ store, jobs }: Deps) =>
  defineJob(refreshAlbums, {
    unique: { key: () => 'all' },
    async run({ signal }) {
      const now = new Date();
      const due = await store.albums.due(now, albumsAtOnce);
      const running = await jobs();
      for (const album of due) {
        signal.throwIfAborted();
        const payload = { albumId: album._id, requestedBy: null, occasion: 'refresh' as const };
        const id = refreshJobOf(album._id, album.refreshAt ?? now);
        const { job } = await running.enqueue(importAlbumReleases, payload, { id, lane: 'lo' });
        await store.albums.refreshCommanded(album, job.id, new Date(now.getTime() + meanwhileMs));
      }
      return done({ result: { commanded: due.length } });
    },
  });
