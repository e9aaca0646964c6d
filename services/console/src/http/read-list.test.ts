import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServices } from '../clients/services.ts';
import { type ServiceName, serviceNames } from '../domain/service-name.ts';
import { beginning, type Places, readList } from './read-list.ts';

/** Answers `GET /jobs` with the jobs of these minutes, newest first, two a page; hangs up while it is not awake. */
class JobsServer {
  isAwake = true;
  readonly #server: Server;

  constructor(service: string, minutes: readonly number[]) {
    this.#server = createServer((request, response) => {
      if (!this.isAwake) return void request.socket.destroy();
      const begin = Number(new URL(request.url ?? '/', 'http://test').searchParams.get('cursor') ?? 0);
      const items = minutes.slice(begin, begin + 2).map((minute) => ({
        id: `${service}-${minute}`,
        createdAt: `2026-01-01T00:${String(minute).padStart(2, '0')}:00.000Z`,
      }));
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ items, nextCursor: begin + 2 < minutes.length ? `${begin + 2}` : null }));
    });
  }

  async start(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

const held: Readonly<Partial<Record<ServiceName, readonly number[]>>> = {
  campaign: [50, 40, 30, 20],
  music: [49, 39, 29, 19, 9],
};
const wish = { list: 'jobs', filter: {}, limit: 2, authorization: undefined } as const;

let servers: Record<ServiceName, JobsServer>;
let services: ReturnType<typeof createServices>;
beforeEach(async () => {
  const made = serviceNames.map((name) => [name, new JobsServer(name, held[name] ?? [])] as const);
  servers = Object.fromEntries(made) as typeof servers;
  const urls = await Promise.all(made.map(async ([name, server]) => [name, await server.start()] as const));
  services = createServices(Object.fromEntries(urls) as Record<ServiceName, string>);
});
afterEach(() => Promise.all(Object.values(servers).map((server) => server.stop())));

/** All that is told from a place on, who was away meanwhile, and whose jobs are still to be read when no more is told. */
async function readOn(from: Places | undefined): Promise<{ ids: string[]; away: string[]; left: string[] }> {
  const ids: string[] = [];
  const away = new Set<string>();
  let places = from;
  while (places !== undefined) {
    const read = await readList(services, places, wish);
    ids.push(...read.items.map(({ id }) => id));
    for (const { service } of read.away) away.add(service);
    places = read.places;
    if (read.items.length === 0 && read.away.length > 0) break;
  }
  return { ids, away: [...away], left: Object.keys(places ?? {}) };
}

test('a service that falls silent in the middle of its jobs goes on where it was when it answers again', async () => {
  const first = await readList(services, beginning(undefined), wish);
  servers.music.isAwake = false;
  const second = await readList(services, first.places ?? {}, wish);
  const third = await readList(services, second.places ?? {}, wish);
  servers.music.isAwake = true;
  const rest = await readOn(third.places);

  expect(first.items.map(({ id }) => id)).toEqual(['campaign-50', 'music-49']);
  expect([...second.items, ...third.items].map(({ id }) => id)).toEqual(['campaign-40', 'campaign-30', 'campaign-20']);
  expect(second.away).toEqual([{ service: 'music', reason: 'cannot be reached' }]);
  expect(rest).toEqual({ ids: ['music-39', 'music-29', 'music-19', 'music-9'], away: [], left: [] });
});

test('while a service stays silent, its place is kept behind the last jobs of the others', async () => {
  const first = await readList(services, beginning(undefined), wish);
  servers.music.isAwake = false;

  expect(await readOn(first.places)).toEqual({
    ids: ['campaign-40', 'campaign-30', 'campaign-20'],
    away: ['music'],
    left: ['music'],
  });
});

test('a service that is silent from the beginning is named, and the list ends without it', async () => {
  servers.music.isAwake = false;

  expect(await readOn(beginning(undefined))).toEqual({
    ids: ['campaign-50', 'campaign-40', 'campaign-30', 'campaign-20'],
    away: ['music'],
    left: [],
  });
});
