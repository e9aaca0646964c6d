import { matchAlbumReleases, refreshAlbums } from '@millrace/contracts/music';
import { defineSchedule } from '@millrace/jobs';
import { type App, type Kit, type Running, showsJobAbout } from '@millrace/service';
import { createDiscogs } from './clients/discogs.ts';
import { createMusicBrainz, userAgent } from './clients/musicbrainz.ts';
import { createMusicBrainzGroups } from './clients/musicbrainz-groups.ts';
import { countRequest, countWait } from './clients/provider-metrics.ts';
import { providerRequests } from './clients/provider-requests.ts';
import { type Config, isPublicMusicBrainz } from './config.ts';
import { createAlbumFeed } from './http/album-feed.ts';
import { albumRoutes } from './http/albums.ts';
import { batchRoutes } from './http/batches.ts';
import { importChangesRoute } from './http/import-changes.ts';
import { isUnfinished } from './http/import-command.ts';
import { importRoutes } from './http/imports.ts';
import { matchRoutes } from './http/matches.ts';
import { providerRoutes, type WatchedProvider } from './http/provider.ts';
import { releaseRoutes } from './http/releases.ts';
import { abandonAlbumImportJob } from './jobs/abandon-album-import.ts';
import { gatherAlbumsJob } from './jobs/gather-albums.ts';
import { importAlbumReleasesJob } from './jobs/import-album-releases.ts';
import { matchAlbumReleasesJob } from './jobs/match-album-releases.ts';
import { refreshAlbumsJob } from './jobs/refresh-albums.ts';
import { measureAlbums } from './store/album-metrics.ts';
import { createMusicStore } from './store/music-store.ts';
import { ProviderBudget } from './store/provider-budget.ts';

/** The music service. */
export function createApp({ config, log, database }: Kit<Config>): App {
  const store = createMusicStore(database);
  const { musicbrainz, groups, discogs, watched } = providersOf({ config, log, database });
  const feed = createAlbumFeed(store.albums, log);
  measureAlbums(
    store.albums,
    watched.map(({ budget }) => budget),
  );
  const running = Promise.withResolvers<Running>();

  return {
    jobs: [
      importAlbumReleasesJob({
        store,
        provider: musicbrainz,
        log,
        followUps: ({ _id }, { created }) =>
          config.DISCOGS_TOKEN && created > 0 ? [{ name: matchAlbumReleases.name, payload: { albumId: _id } }] : [],
      }),
      gatherAlbumsJob({ store, groups, log, jobs: async () => (await running.promise).jobs }),
      matchAlbumReleasesJob({ store, discogs, log }),
      abandonAlbumImportJob({ store, isUnfinished: async (id) => isUnfinished((await running.promise).jobs, id) }),
      refreshAlbumsJob({ store, jobs: async () => (await running.promise).jobs }),
    ],
    schedules: [defineSchedule({ name: 'album.refresh', cron: '*/10 * * * *', job: refreshAlbums, payload: {} })],
    // The provider sets the pace; more runs at once would only wait for it.
    queues: { 'music.import': { concurrency: 4 }, 'music.match': { concurrency: 2 } },
    showsJob: showsJobAbout('albumId', async (id, { sub }) => (await store.albums.find(id))?.ownerId === sub),
    routes: ({ jobs }) => [
      ...albumRoutes({ store, jobs, feed }),
      ...releaseRoutes({ store }),
      ...importRoutes({ store, jobs }),
      importChangesRoute({ store }),
      ...batchRoutes({ store, jobs }),
      ...matchRoutes({ store }),
      ...providerRoutes({ providers: watched, jobs, imports: store.imports }),
    ],
    async start(parts) {
      running.resolve(parts);
      log.info({ url: config.MUSICBRAINZ_URL, isPublic: watched[0]?.isPublic }, 'releases come from this provider');
    },
    async stop() {
      feed.stop();
    },
  };
}

/** Both providers, each behind a budget that all replicas share. */
function providersOf({ config, log, database }: Pick<Kit<Config>, 'config' | 'log' | 'database'>) {
  const budgetOf = (name: string, intervalMs: number) =>
    new ProviderBudget(database, { name, intervalMs, log, waited: (waitMs) => countWait(name, waitMs) });
  const agent = { 'User-Agent': userAgent(config.MUSICBRAINZ_CONTACT) };
  const first = budgetOf('musicbrainz', config.MUSICBRAINZ_INTERVAL_MS);
  const second = budgetOf('discogs', discogsIntervalMs);
  const authorization = { Authorization: `Discogs token=${config.DISCOGS_TOKEN}` };
  const watched: readonly (WatchedProvider & { readonly budget: ProviderBudget })[] = [
    { url: config.MUSICBRAINZ_URL, isPublic: isPublicMusicBrainz(config.MUSICBRAINZ_URL), budget: first },
    { url: config.DISCOGS_URL, isPublic: new URL(config.DISCOGS_URL).hostname === 'api.discogs.com', budget: second },
  ];
  const asked = {
    url: config.MUSICBRAINZ_URL,
    ask: providerRequests({ budget: first, headers: agent, observe: countRequest }),
  };
  return {
    musicbrainz: createMusicBrainz(asked),
    groups: createMusicBrainzGroups(asked),
    discogs: createDiscogs({
      url: config.DISCOGS_URL,
      ask: providerRequests({ budget: second, headers: { ...agent, ...authorization }, observe: countRequest }),
    }),
    watched,
  };
}

/** Sixty requests in a minute are allowed with a token; what one of them takes comes on top. */
const discogsIntervalMs = 1_000;
