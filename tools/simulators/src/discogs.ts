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
 * releases that have a barcode, and for every fourth of them a reissue with the same one. The master of a release group has all of
 * these as its versions, and the releases without a barcode, which the search does not know.
 */
export async function startDiscogs({ token, perMinute = 60, ...listen }: DiscogsOptions = {}): Promise<Discogs> {
  const catalogue = new MusicCatalogue();
  const releases = catalogue.allReleases();
  const index = indexOf(releases);
  const masters = Map.groupBy(releases.flatMap(entriesOf), (entry) => entry['master_id'] as number);
  const answered: number[] = [];
  const server = await serveApi(
    {
      operationOf: (path) => operations.find(([pattern]) => pattern.test(path))?.[1],
      answer: (call) =>
        refusalOf(call, token) ?? limited(answered, perMinute, () => answerOf(call, { index, masters })),
      control: async (method, name) => {
        throw new Error(`there is no control ${method} ${name}`);
      },
    },
    listen,
  );
  return { ...server, catalogue };
}

const operations = [
  [/^\/database\/search$/, 'search'],
  [/^\/masters\/\d+\/versions$/, 'versions'],
  [/^\/releases\/\d+$/, 'release'],
] as const;

type Entries = {
  readonly index: ReadonlyMap<string, Result[]>;
  /** The editions of a release group, by its number. */
  readonly masters: ReadonlyMap<number, Result[]>;
};

function answerOf(call: SimulatorCall, { index, masters }: Entries): SimulatorAnswer {
  const number = Number(/\d+/.exec(call.path)?.[0]);
  if (call.operation === 'search') return search(index, call);
  if (call.operation === 'versions') return versionsOf(masters.get(number), call);
  const found = [...masters.values()].flat().find(({ id }) => id === number);
  return found ? { status: 200, body: { id: number, master_id: found['master_id'], title: found['title'] } } : notFound;
}

const notFound = { status: 404, body: { message: 'The requested resource was not found.' } };

/** A page behind the last one is not found there. */
function versionsOf(entries: readonly Result[] | undefined, { query }: SimulatorCall): SimulatorAnswer {
  const perPage = Math.min(100, Number(query.get('per_page') ?? 50));
  const page = Number(query.get('page') ?? 1);
  const pages = Math.max(1, Math.ceil((entries?.length ?? 0) / perPage));
  if (!entries || page > pages) return notFound;
  const versions = entries.slice((page - 1) * perPage, page * perPage).map((entry) => ({
    id: entry.id,
    title: String(entry['title']).split(' - ').at(-1),
    country: entry['country'],
    released: entry['year'],
    major_formats: (entry['format'] as string[]).slice(0, 1),
    format: (entry['format'] as string[]).slice(1).join(', '),
    label: (entry['label'] as string[])[0] ?? '',
    catno: entry['catno'],
  }));
  return {
    status: 200,
    body: { pagination: { page, pages, per_page: perPage, items: entries.length, urls: {} }, versions },
  };
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
    for (const entry of entriesOf(release, place)) {
      add(`barcode ${String(release['barcode'])}`, entry);
      add(`catno ${String(entry['catno'])}`, entry);
    }
  }
  return index;
}

const entriesOf = (release: CatalogueRelease, place: number): Result[] =>
  release['barcode'] && place % 4 === 1 ? [entryOf(release), reissueOf(release)] : [entryOf(release)];

function entryOf(release: CatalogueRelease): Result {
  const [info] = (release['label-info'] ?? []) as { 'catalog-number': string | null; label: { name: string } | null }[];
  const [media] = release['media'] as { format: string | null }[];
  return {
    id: numberOf(`discogs ${release.id}`),
    type: 'release',
    title: `The Simulators - ${String(release['title'])}`,
    country: places[String(release['country'])] ?? 'Unknown',
    year: String(release['date'] ?? '').slice(0, 4),
    format: [media?.format?.includes('Vinyl') ? 'Vinyl' : (media?.format ?? 'All Media'), 'Album'],
    label: info?.label ? [info.label.name] : [],
    catno: info?.['catalog-number'] ?? 'none',
    barcode: release['barcode'] ? [release['barcode']] : [],
    master_id: numberOf(`master ${(release['release-group'] as { id: string }).id}`),
    uri: '/release/1',
  };
}

const reissueOf = (release: CatalogueRelease): Result => ({
  ...entryOf(release),
  id: numberOf(`reissue ${release.id}`),
  format: ['Vinyl', 'Album', 'Reissue'],
});

const numberOf = (text: string): number => Number.parseInt(stableId(text).slice(0, 7), 16);
