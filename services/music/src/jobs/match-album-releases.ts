import { matchAlbumReleases } from '@millrace/contracts/music';
import { defineJob, done, exponential, fail, type Outcome, on, type Run, snooze } from '@millrace/jobs';
import type { Discogs } from '../clients/discogs.ts';
import { ProviderUnavailable } from '../clients/provider-errors.ts';
import type { Caller } from '../clients/provider-requests.ts';
import type { Album } from '../domain/album.ts';
import { decideMatch } from '../domain/match-score.ts';
import type { Release } from '../domain/release.ts';
import type { MusicStore } from '../store/music-store.ts';

type Log = { warn(fields: object, message: string): void };
type Deps = { readonly store: MusicStore; readonly discogs: Discogs; readonly log: Log };

/** The last release that was looked at, and what came of all so far. */
type Place = { readonly after: string; readonly linked: number; readonly proposed: number; readonly looked: number };

const longestRunMs = 300_000;
const outagePauseMs = 60_000;

/** Looks up each release that has no counterpart at Discogs, by barcode, else by catalogue number. A rerun goes on behind the last one. */
export const matchAlbumReleasesJob = (deps: Deps) =>
  defineJob(matchAlbumReleases, {
    unique: { key: ({ albumId }) => albumId },
    retry: [on(Error, exponential({ baseMs: 5_000, factor: 3 }))],

    async run(run) {
      const { albumId } = run.payload;
      const album = await deps.store.albums.find(albumId);
      if (!album) return fail({ code: 'album-missing', message: `album ${albumId} does not exist` });
      try {
        return await matchAll(deps, album, run);
      } catch (error) {
        if (!(error instanceof ProviderUnavailable)) throw error;
        const delayMs = error.retryAfterMs ?? outagePauseMs * (0.5 + Math.random() / 2);
        deps.log.warn({ albumId, delayMs, err: error }, 'discogs is not available, the match waits');
        return snooze(Math.round(delayMs));
      }
    },
  });

async function matchAll(deps: Deps, album: Album, run: Run<unknown>): Promise<Outcome> {
  const until = performance.now() + longestRunMs;
  let place = (run.cursor as Place | undefined) ?? { after: '', linked: 0, proposed: 0, looked: 0 };
  for (;;) {
    const [release] = await deps.store.releases.unlinked(album._id, place.after, 1);
    if (!release) return done({ result: place });
    place = counted(place, release, await matchOne(deps, album, release, run));
    await run.checkpoint(place);
    run.signal.throwIfAborted();
    if (performance.now() > until) return snooze(0);
  }
}

async function matchOne(
  { store, discogs }: Deps,
  album: Album,
  release: Release,
  caller: Caller,
): Promise<'linked' | 'proposed' | 'nothing'> {
  const code = codeOf(release);
  if (!code) return 'nothing';
  const decision = decideMatch(release, await discogs.findBy(code, caller));
  switch (decision.kind) {
    case 'none':
      return 'nothing';
    case 'linked':
      await store.releases.link(release._id, decision.best.candidate.id, 'discogs');
      return 'linked';
    case 'review':
      for (const candidate of decision.candidates) await store.matches.propose(release, album.ownerId, candidate);
      return 'proposed';
  }
}

function codeOf({ barcode, labels }: Release): { barcode: string } | { catno: string } | undefined {
  if (barcode) return { barcode };
  const catno = labels.find(({ catalogNumber }) => catalogNumber)?.catalogNumber;
  return catno ? { catno } : undefined;
}

const counted = (place: Place, { _id }: Release, came: 'linked' | 'proposed' | 'nothing'): Place => ({
  after: _id,
  looked: place.looked + 1,
  linked: place.linked + (came === 'linked' ? 1 : 0),
  proposed: place.proposed + (came === 'proposed' ? 1 : 0),
});
