import { refreshAlbums } from '@millrace/contracts/music';
import { defineSchedule } from '@millrace/jobs';
import type { App, Kit, Running } from '@millrace/service';
import { createMusicBrainz, userAgent } from './clients/musicbrainz.ts';
import { countRequest, countWait } from './clients/provider-metrics.ts';
import { providerRequests } from './clients/provider-requests.ts';
import { type Config, isPublicMusicBrainz } from './config.ts';
import { createAlbumFeed } from './http/album-feed.ts';
import { albumRoutes } from './http/albums.ts';
import { isUnfinished } from './http/import-command.ts';
import { importRoutes } from './http/imports.ts';
import { startUpkeep, type Upkeep } from './http/left-behind.ts';
import { providerRoutes, type WatchedProvider } from './http/provider.ts';
import { releaseRoutes } from './http/releases.ts';
import { abandonAlbumImportJob } from './jobs/abandon-album-import.ts';
import { importAlbumReleasesJob } from './jobs/import-album-releases.ts';
import { refreshAlbumsJob } from './jobs/refresh-albums.ts';
import { measureAlbums } from './store/album-metrics.ts';
import { createMusicStore } from './store/music-store.ts';
import { ProviderBudget } from './store/provider-budget.ts';

/** The music service. */
export function createApp({ config, log, database }: Kit<Config>): App {
  const store = createMusicStore(database);
  const budget = new ProviderBudget(database, {
    name: 'musicbrainz',
    intervalMs: config.MUSICBRAINZ_INTERVAL_MS,
    log,
    waited: (waitMs) => countWait('musicbrainz', waitMs),
  });
  const headers = { 'User-Agent': userAgent(config.MUSICBRAINZ_CONTACT) };
  const provider = createMusicBrainz({
    url: config.MUSICBRAINZ_URL,
    ask: providerRequests({ budget, headers, observe: countRequest }),
  });
  const watched: readonly WatchedProvider[] = [
    { url: config.MUSICBRAINZ_URL, isPublic: isPublicMusicBrainz(config.MUSICBRAINZ_URL), budget },
  ];
  const feed = createAlbumFeed(store.albums, log);
  measureAlbums(store.albums, [budget]);
  const running = Promise.withResolvers<Running>();
  let upkeep: Upkeep | undefined;

  return {
    jobs: [
      importAlbumReleasesJob({ store, provider, log }),
      abandonAlbumImportJob({ store, isUnfinished: async (id) => isUnfinished((await running.promise).jobs, id) }),
      refreshAlbumsJob({ store, jobs: async () => (await running.promise).jobs }),
    ],
    schedules: [defineSchedule({ name: 'album.refresh', cron: '*/10 * * * *', job: refreshAlbums, payload: {} })],
    // The provider sets the pace; more runs at once would only wait for it.
    queues: { 'music.import': { concurrency: 4 } },
    routes: ({ jobs }) => [
      ...albumRoutes({ store, jobs, feed }),
      ...releaseRoutes({ store }),
      ...importRoutes({ store, jobs }),
      ...providerRoutes({ providers: watched, jobs, imports: store.imports }),
    ],
    async start(parts) {
      running.resolve(parts);
      log.info({ url: config.MUSICBRAINZ_URL, isPublic: watched[0]?.isPublic }, 'releases come from this provider');
      upkeep ??= startUpkeep({ albums: store.albums, jobs: parts.jobs, log });
    },
    async stop() {
      feed.stop();
      await upkeep?.stop();
    },
  };
}
