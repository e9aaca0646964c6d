import { gatherAlbums } from '@millrace/contracts/music';
import { defineJob, done, exponential, fail, type Jobs, type Outcome, on, type Run, snooze } from '@millrace/jobs';
import type { z } from 'zod';
import { firstImport } from '../clients/first-import.ts';
import type { MusicBrainzGroups } from '../clients/musicbrainz-groups.ts';
import { ProviderRefused, ProviderUnavailable } from '../clients/provider-errors.ts';
import type { Caller } from '../clients/provider-requests.ts';
import { afterPage, type BatchPage, type BatchPlace, batchStart, type FoundAlbum } from '../domain/album-batch.ts';
import { albumOfBatch, firstImportJobOf } from '../domain/ids.ts';
import type { MusicStore } from '../store/music-store.ts';

type Payload = z.output<typeof gatherAlbums.payload>;
type Log = Record<'info' | 'warn', (fields: object, message: string) => void>;
type Deps = {
  readonly store: Pick<MusicStore, 'albums'>;
  readonly groups: MusicBrainzGroups;
  readonly log: Log;
  jobs(): Promise<Pick<Jobs, 'enqueue'>>;
};

const longestRunMs = 300_000;
const outagePauseMs = 30_000;

/** Makes the albums of an artist or of a list, page by page; their releases come by imports of their own. A rerun goes on behind the last page. */
export const gatherAlbumsJob = (deps: Deps) =>
  defineJob(gatherAlbums, {
    retry: [on(Error, exponential({ baseMs: 1_000, factor: 3 }))],

    async run(run) {
      try {
        return await gather(deps, run);
      } catch (error) {
        if (error instanceof ProviderRefused) return fail({ code: error.code, message: error.message });
        if (!(error instanceof ProviderUnavailable)) throw error;
        const delayMs = error.retryAfterMs ?? outagePauseMs * (0.5 + Math.random() / 2);
        deps.log.warn({ jobId: run.jobId, delayMs, err: error }, 'provider is not available, the batch waits');
        return snooze(Math.round(delayMs));
      }
    },
  });

async function gather(deps: Deps, run: Run<Payload>): Promise<Outcome> {
  const until = performance.now() + longestRunMs;
  let place = (run.cursor as BatchPlace | undefined) ?? batchStart;
  for (;;) {
    const page = await pageFrom(deps.groups, run.payload, place.offset, run);
    if (!page) return fail(noSuchArtist(run.payload.artistId));
    const fresh = await takePage(deps, run, page);
    place = afterPage(place, page, fresh, run.payload.dryRun);
    const { offset, ...counts } = place;
    run.progress(Math.min(1, offset / Math.max(1, page.total)), `${offset} of ${page.total} albums`);
    if (page.received === 0 || offset >= page.total) return done({ result: { total: offset, ...counts } });
    await run.checkpoint(place);
    run.signal.throwIfAborted();
    if (performance.now() > until) return snooze(0);
  }
}

/** @returns null when there is no such artist. */
async function pageFrom(
  groups: MusicBrainzGroups,
  { artistId, releaseGroupIds }: Payload,
  offset: number,
  caller: Caller,
): Promise<BatchPage | null> {
  if (artistId !== null) return groups.ofArtist(artistId, offset, caller);
  const id = releaseGroupIds[offset];
  const total = releaseGroupIds.length;
  if (id === undefined) return { total, received: 0, found: [], missing: [] };
  const found = await groups.find(id, caller);
  return { total, received: 1, found: found ? [found] : [], missing: found ? [] : [id] };
}

const noSuchArtist = (artistId: string | null) => ({
  code: 'artist-missing',
  message: `the provider has no artist ${artistId}`,
  remedy: 'look the id of the artist up at the provider, and ask again with that',
});

/** Makes what its owner does not have. @returns that; what an earlier run of this batch has made is part of it. */
async function takePage({ store, jobs }: Deps, run: Run<Payload>, { found }: BatchPage): Promise<FoundAlbum[]> {
  const { ownerId, dryRun } = run.payload;
  const ids = found.map(({ musicbrainzReleaseGroupId: id }) => id);
  const known = await store.albums.ofReleaseGroups(ownerId, ids, { besidesBatch: run.rootId });
  const fresh = found.filter(({ musicbrainzReleaseGroupId: id }) => !known.has(id));
  const running = await jobs();
  if (!dryRun) await Promise.all(fresh.map(make));
  return fresh;

  async function make(album: FoundAlbum): Promise<void> {
    const _id = albumOfBatch(run.rootId, album.musicbrainzReleaseGroupId);
    const importJobId = firstImportJobOf(_id);
    await store.albums.create({ ...album, _id, ownerId, importJobId, batchId: run.rootId }, firstImport(running));
  }
}
