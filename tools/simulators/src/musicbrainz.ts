import { type CatalogueAlbum, MusicCatalogue, tracksOf } from './music-catalogue.ts';
import type { CatalogueRelease } from './music-releases.ts';
import {
  type ListenOptions,
  type SimulatorAnswer,
  type SimulatorCall,
  type SimulatorServer,
  serveApi,
} from './simulator-server.ts';

export type MusicBrainzOptions = ListenOptions & {
  /** Albums without anything special about them. Default 300. */
  readonly plainAlbums?: number;
};

export type MusicBrainz = SimulatorServer & {
  readonly catalogue: MusicCatalogue;
};

/** A page has at most so many releases, and at most so many tracks in all of them. */
const pageLimit = { releases: 100, tracks: 500, default: 25 };

/** What an answer shows only when it is asked for. */
const included: Readonly<Record<string, string>> = {
  media: 'media',
  'label-info': 'labels',
  'artist-credit': 'artist-credits',
  'release-group': 'release-groups',
};

const mbid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Speaks MusicBrainz's web service, version 2, as far as releases go: browse releases by release group and release groups by artist, lookup of both.
 * Also answers below `/ws/2`. Control by HTTP, beside that of every simulator: `GET /__control/albums`,
 * `POST /__control/catalogue` with `{change: {id, fields}}`, `{remove: id}` or `{merge: {from, into}}`.
 */
export async function startMusicBrainz({ plainAlbums, ...listen }: MusicBrainzOptions = {}): Promise<MusicBrainz> {
  const catalogue = new MusicCatalogue(plainAlbums === undefined ? {} : { plainAlbums });
  const server = await serveApi(
    {
      operationOf: (path) =>
        /^\/release(-group)?$/.test(path) ? 'browse' : /^\/release(-group)?\/[^/]+$/.test(path) ? 'lookup' : undefined,
      answer: (call) => refusalOf(call) ?? answerOf(catalogue, call),
      control: (method, name, body) => controlCatalogue(catalogue, { method, name, body }),
    },
    listen,
  );
  return { ...server, catalogue };
}

const error = (status: number, message: string): SimulatorAnswer => ({
  status,
  body: { error: message, help: 'For usage, please see: https://musicbrainz.org/development/mmd' },
});

/** Clients must say who they are and how to reach them. */
function refusalOf({ headers }: SimulatorCall): SimulatorAnswer | undefined {
  if (/^\S+\/\S+ \( \S.* \)$/.test(headers['user-agent'] ?? '')) return undefined;
  return error(403, 'Your requests are blocked: the User-Agent must look like App/1.2 ( contact )');
}

function answerOf(catalogue: MusicCatalogue, call: SimulatorCall): SimulatorAnswer {
  if (call.operation === 'lookup') return lookup(catalogue, call);
  return call.path === '/release' ? browse(catalogue, call) : browseGroups(catalogue, call);
}

function browseGroups(catalogue: MusicCatalogue, { query, fault }: SimulatorCall): SimulatorAnswer {
  const artistId = query.get('artist') ?? '';
  if (!mbid.test(artistId)) return error(400, 'Invalid mbid.');
  const groups = catalogue.groupsOf(artistId);
  if (!groups) return error(404, 'Not Found');
  const { offset, limit } = placeIn(query);
  const full = groups.slice(offset, offset + limit);
  const page = fault?.kind === 'short' ? full.slice(0, Math.ceil(full.length / 3)) : full;
  const inc = (query.get('inc') ?? '').split(/[ +]/);
  const count = { 'release-group-count': groups.length, 'release-group-offset': offset };
  return { status: 200, body: { ...count, 'release-groups': page.map((group) => shown(group, inc)) } };
}

const placeIn = (query: URLSearchParams) => ({
  offset: Number(query.get('offset') ?? 0),
  limit: Math.min(Number(query.get('limit') ?? pageLimit.default), pageLimit.releases),
});

function browse(catalogue: MusicCatalogue, { query, fault }: SimulatorCall): SimulatorAnswer {
  const groupId = query.get('release-group') ?? '';
  if (!mbid.test(groupId)) return error(400, 'Invalid mbid.');
  const releases = catalogue.releasesOf(groupId);
  if (!releases) return error(404, 'Not Found');
  const { offset, limit } = placeIn(query);
  const full = pageAt(releases, offset, limit);
  const page = fault?.kind === 'short' ? full.slice(0, Math.ceil(full.length / 3)) : full;
  const inc = (query.get('inc') ?? '').split(/[ +]/);
  return {
    status: 200,
    body: {
      'release-count': releases.length,
      'release-offset': offset,
      releases: page.map((release) => shown(release, inc)),
    },
  };
}

/** Long track lists shorten a page; one release it always holds. */
function pageAt(releases: readonly CatalogueRelease[], offset: number, limit: number): CatalogueRelease[] {
  const page: CatalogueRelease[] = [];
  let tracks = 0;
  for (const release of releases.slice(offset, offset + limit)) {
    tracks += tracksOf(release);
    if (page.length > 0 && tracks > pageLimit.tracks) break;
    page.push(release);
  }
  return page;
}

function lookup(catalogue: MusicCatalogue, { path, query }: SimulatorCall): SimulatorAnswer {
  const [, entity, id = ''] = path.split('/');
  if (!mbid.test(id)) return error(400, 'Invalid mbid.');
  const found = entity === 'release-group' ? catalogue.group(id) : catalogue.release(id);
  if (!found) return error(404, 'Not Found');
  return { status: 200, body: shown(found, (query.get('inc') ?? '').split(/[ +]/)) };
}

const shown = (entity: object, inc: readonly string[]): object =>
  Object.fromEntries(
    Object.entries(entity).filter(([field]) => !(field in included) || inc.includes(included[field] ?? '')),
  );

type Control = { readonly method: string; readonly name: string; body(): Promise<unknown> };
type Change = {
  readonly change?: { readonly id: string; readonly fields: Readonly<Record<string, unknown>> };
  readonly remove?: string;
  readonly merge?: { readonly from: string; readonly into: string };
};

async function controlCatalogue(
  catalogue: MusicCatalogue,
  { method, name, body }: Control,
): Promise<{ items: CatalogueAlbum[] } | undefined> {
  if (name === 'albums') return { items: catalogue.albums() };
  if (name !== 'catalogue' || method !== 'POST') throw new Error(`there is no control ${method} ${name}`);
  const { change, remove, merge } = (await body()) as Change;
  if (change) catalogue.change(change.id, change.fields);
  if (remove) catalogue.remove(remove);
  if (merge) catalogue.merge(merge.from, merge.into);
  return undefined;
}
