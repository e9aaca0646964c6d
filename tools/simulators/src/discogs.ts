import { MusicCatalogue } from './music-catalogue.ts';
import type { CatalogueRelease } from './music-releases.ts';
import {
  type ListenOptions,
  type SimulatorAnswer,
  type SimulatorCall,
  type SimulatorServer,
  serveApi,
} from './simulator-server.ts';
import { stableId } from './stable-id.ts';

export type DiscogsOptions = ListenOptions & {
  /** Requests with another token are refused. Default: any token will do, but one there must be. */
  readonly token?: string;
  /** Requests in a minute; more are answered 429. Default 60, as there. */
  readonly perMinute?: number;
};

export type Discogs = SimulatorServer & { readonly catalogue: MusicCatalogue };

type Result = { readonly id: number; readonly [field: string]: unknown };

/** Places have other names there. */
const places: Readonly<Record<string, string>> = {
  GB: 'UK',
  US: 'US',
  DE: 'Germany',
  JP: 'Japan',
  XE: 'Europe',
  FR: 'France',
  XW: 'Worldwide',
  NL: 'Netherlands',
  AU: 'Australia',
};

/**
 * Speaks Discogs' search for releases by barcode or catalogue number, over the catalogue of the MusicBrainz simulator: entries for
 * releases that have a barcode, and for every fourth of them a reissue with the same one.
 */
export async function startDiscogs({ token, perMinute = 60, ...listen }: DiscogsOptions = {}): Promise<Discogs> {
  const catalogue = new MusicCatalogue();
  const index = indexOf(catalogue.allReleases());
  const answered: number[] = [];
  const server = await serveApi(
    {
      operationOf: (path) => (path === '/database/search' ? 'search' : undefined),
      answer: (call) => refusalOf(call, token) ?? limited(answered, perMinute, () => search(index, call)),
      control: async (method, name) => {
        throw new Error(`there is no control ${method} ${name}`);
      },
    },
    listen,
  );
  return { ...server, catalogue };
}

function refusalOf({ headers }: SimulatorCall, token: string | undefined): SimulatorAnswer | undefined {
  const [, given] = /^Discogs token=(\S+)$/.exec(headers.authorization ?? '') ?? [];
  if (given && (token === undefined || given === token)) return undefined;
  return { status: 401, body: { message: 'You must authenticate to access this resource.' } };
}

/** The window moves on with every second. */
function limited(answered: number[], perMinute: number, answer: () => SimulatorAnswer): SimulatorAnswer {
  const now = performance.now();
  while (answered[0] !== undefined && answered[0] < now - 60_000) answered.shift();
  const isOver = answered.length >= perMinute;
  if (!isOver) answered.push(now);
  const headers = {
    'X-Discogs-Ratelimit': `${perMinute}`,
    'X-Discogs-Ratelimit-Used': `${answered.length}`,
    'X-Discogs-Ratelimit-Remaining': `${perMinute - answered.length}`,
  };
  if (isOver) return { status: 429, body: { message: 'You are making requests too quickly.' }, headers };
  return { ...answer(), headers };
}

function search(index: ReadonlyMap<string, Result[]>, { query }: SimulatorCall): SimulatorAnswer {
  const key = query.has('barcode') ? `barcode ${query.get('barcode')}` : `catno ${query.get('catno')}`;
  const perPage = Math.min(100, Number(query.get('per_page') ?? 50));
  const results = (index.get(key) ?? []).slice(0, perPage);
  const pagination = { page: 1, pages: 1, per_page: perPage, items: results.length, urls: {} };
  return { status: 200, body: { pagination, results } };
}

function indexOf(releases: readonly CatalogueRelease[]): Map<string, Result[]> {
  const index = new Map<string, Result[]>();
  const add = (key: string, result: Result) => index.set(key, [...(index.get(key) ?? []), result]);
  for (const [place, release] of releases.entries()) {
    if (!release['barcode']) continue;
    const entries = place % 4 === 1 ? [entryOf(release), reissueOf(release)] : [entryOf(release)];
    for (const entry of entries) {
      add(`barcode ${String(release['barcode'])}`, entry);
      add(`catno ${String(entry['catno'])}`, entry);
    }
  }
  return index;
}

function entryOf(release: CatalogueRelease): Result {
  const [info] = (release['label-info'] ?? []) as { 'catalog-number': string | null; label: { name: string } | null }[];
  const [media] = release['media'] as { format: string | null }[];
  return {
    id: Number.parseInt(stableId(`discogs ${release.id}`).slice(0, 7), 16),
    type: 'release',
    title: `The Simulators - ${String(release['title'])}`,
    country: places[String(release['country'])] ?? 'Unknown',
    year: String(release['date'] ?? '').slice(0, 4),
    format: [media?.format?.includes('Vinyl') ? 'Vinyl' : (media?.format ?? 'All Media'), 'Album'],
    label: info?.label ? [info.label.name] : [],
    catno: info?.['catalog-number'] ?? 'none',
    barcode: [release['barcode']],
    master_id: 1,
    uri: '/release/1',
  };
}

const reissueOf = (release: CatalogueRelease): Result => ({
  ...entryOf(release),
  id: Number.parseInt(stableId(`reissue ${release.id}`).slice(0, 7), 16),
  format: ['Vinyl', 'Album', 'Reissue'],
});
