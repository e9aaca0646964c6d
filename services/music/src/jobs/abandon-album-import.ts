import { abandonAlbumImport } from '@millrace/contracts/music';
import { defineJob, discard, done } from '@millrace/jobs';
import type { MusicStore } from '../store/music-store.ts';
import { countImport } from './import-metrics.ts';

type Deps = {
  readonly store: Pick<MusicStore, 'albums' | 'imports'>;
  /** Whether a job is still to end, or at work again. */
  isUnfinished(jobId: string): Promise<boolean>;
};

/** An album that was never imported is looked at again a day after a failure. */
const againAfterMs = 86_400_000;

/** Shows in the album that its import has ended without result. An album that needs a match shows that already. */
export const abandonAlbumImportJob = ({ store, isUnfinished }: Deps) =>
  defineJob(abandonAlbumImport, {
    async run({ payload: { albumId, importId, jobId, state, reason } }) {
      if (await isUnfinished(jobId)) return discard(`job ${jobId} is at work again`);
      const refreshAt = new Date(Date.now() + againAfterMs);
      const album = await store.albums.importAbandoned(albumId, importId, reason, refreshAt);
      await store.imports.end(importId, { state, failure: reason });
      countImport(state, 'any');
      return done({ result: { importStatus: album?.importStatus ?? null } });
    },
  });
