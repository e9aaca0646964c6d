import { matchAlbumReleases } from '@millrace/contracts/music';
import { defineJob, done, exponential, fail, type Outcome, on, type Run, snooze } from '@millrace/jobs';
import type { Discogs } from '../clients/discogs.ts';
import { ProviderUnavailable } from '../clients/provider-errors.ts';
import type { Caller } from '../clients/provider-requests.ts';
import type { Album } from '../domain/album.ts';
import { decideMatch, type MatchCandidate } from '../domain/match-score.ts';
import type { Release } from '../domain/release.ts';
import type { MusicStore } from '../store/music-store.ts';

type Log = { warn(fields: object, message: string): void };
type Deps = { readonly store: MusicStore; readonly discogs: Discogs; readonly log: Log };

/** The last release that was looked at, and what came of all so far. First all are looked up by their codes, then the others in the master. */
type Place = {
  readonly pass: 'codes' | 'master';
  readonly after: string;
  readonly looked: number;
  readonly linked: number;
  readonly proposed: number;
  /** The master that most of those belong to which were linked by their codes. */
  readonly masters: Readonly<Record<string, number>>;
};

const start: Place = { pass: 'codes', after: '', looked: 0, linked: 0, proposed: 0, masters: {} };

const longestRunMs = 300_000;
const outagePauseMs = 60_000;

/**
 * Looks up each release that has no counterpart at Discogs, by barcode, else by catalogue number; what these do not find, among the
 * editions of the master that the others belong to. A rerun goes on behind the last one.
 */
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
  // A place that an older release has left has no pass.
  let place: Place = { ...start, ...(run.cursor as Partial<Place> | undefined) };
  let editions: Editions | undefined;
  for (;;) {
    const [release] = await deps.store.releases.unlinked(album._id, place.after, 1);
    if (!release && place.pass === 'master') return done({ result: resultOf(place) });
    if (release && place.pass === 'master') {
      editions ??= await editionsOf(deps, album, place, run);
      place = counted(place, release, await matchInMaster(deps, album, release, editions));
    } else if (release) {
      place = counted(place, release, await matchByCode(deps, album, release, run));
    } else {
      place = { ...place, pass: 'master', after: '' };
    }
    await run.checkpoint(place);
    run.signal.throwIfAborted();
    if (performance.now() > until) return snooze(0);
  }
}

const resultOf = ({ looked, linked, proposed }: Place) => ({ looked, linked, proposed });

type Match = { readonly came: 'linked' | 'proposed' | 'nothing'; readonly masterId?: string | null };

async function matchByCode(deps: Deps, album: Album, release: Release, caller: Caller): Promise<Match> {
  const code = codeOf(release);
  return code ? decide(deps, album, release, await deps.discogs.findBy(code, caller)) : { came: 'nothing' };
}

/** The editions of an album's master that no release of ours is. */
type Editions = { readonly masterId: string; readonly free: Map<string, MatchCandidate> } | null;

async function editionsOf(
  { store, discogs }: Deps,
  album: Album,
  { masters }: Place,
  caller: Caller,
): Promise<Editions> {
  const linked = await store.releases.linkedTo(album._id);
  const [most] = Object.entries(masters).toSorted(([, one], [, other]) => other - one);
  const masterId = most?.[0] ?? (linked[0] ? await discogs.masterOf(linked[0], caller) : null);
  if (masterId === null) return null;
  const versions = await discogs.versionsOf(masterId, caller);
  return { masterId, free: new Map(versions.filter(({ id }) => !linked.includes(id)).map((one) => [one.id, one])) };
}

/** Nothing is asked of the provider for one release. What a person is to decide already, or has decided, is left to them. */
async function matchInMaster(deps: Deps, album: Album, release: Release, editions: Editions): Promise<Match> {
  if (!editions || (await deps.store.matches.isProposed(release))) return { came: 'nothing' };
  const { masterId, free } = editions;
  const match = await decide(deps, album, { ...release, masterId }, [...free.values()]);
  if (match.linkedTo) free.delete(match.linkedTo);
  return { came: match.came };
}

async function decide(
  { store }: Deps,
  album: Album,
  release: Release & { readonly masterId?: string },
  candidates: readonly MatchCandidate[],
): Promise<Match & { readonly linkedTo?: string }> {
  const decision = decideMatch(release, candidates);
  switch (decision.kind) {
    case 'none':
      return { came: 'nothing' };
    case 'linked': {
      const { id, masterId } = decision.best.candidate;
      await store.releases.link(release._id, id, 'discogs');
      return { came: 'linked', masterId, linkedTo: id };
    }
    case 'review':
      for (const candidate of decision.candidates) await store.matches.propose(release, album.ownerId, candidate);
      return { came: 'proposed' };
  }
}

function codeOf({ barcode, labels }: Release): { barcode: string } | { catno: string } | undefined {
  if (barcode) return { barcode };
  const catno = labels.find(({ catalogNumber }) => catalogNumber)?.catalogNumber;
  return catno ? { catno } : undefined;
}

const counted = (place: Place, { _id }: Release, { came, masterId }: Match): Place => ({
  ...place,
  after: _id,
  looked: place.looked + (place.pass === 'codes' ? 1 : 0),
  linked: place.linked + (came === 'linked' ? 1 : 0),
  proposed: place.proposed + (came === 'proposed' ? 1 : 0),
  masters: masterId ? { ...place.masters, [masterId]: (place.masters[masterId] ?? 0) + 1 } : place.masters,
});
