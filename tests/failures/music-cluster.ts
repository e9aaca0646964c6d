import { randomUUID } from 'node:crypto';
import { type MusicBrainz, startMusicBrainz } from '@millrace/simulators';
import type { ComponentName, RunningComponent } from '@millrace/stack';
import { afterFile, privateComponent, type RunningService, startService, until } from '@millrace/testkit';
import { type Collection, type Document, MongoClient } from 'mongodb';

/** An album that somebody asked for; each by a person of its own, so that every notification tells whose it is. */
export type AskedAlbum = {
  readonly title: string;
  readonly person: string;
  readonly releaseCount: number;
  readonly tookMs: number;
};

/** Leases of 2 s, so that a death is missed soon; each still holds five heartbeats and five sweeps. */
const shortTiming = {
  JOBS_LEASE_MS: '2000',
  JOBS_HEARTBEAT_MS: '400',
  JOBS_SWEEP_MS: '300',
  JOBS_REDISPATCH_MS: '2000',
};

type Row = Document & { _id: string };

const componentNames = ['rabbitmq', 'nats', 'mongodb'] as const;
type Own = ReadonlyMap<ComponentName, RunningComponent>;

/** Replicas of music as processes of their own, the notifications, components that may be killed, and a provider that is judged by its own log. */
export class MusicCluster {
  readonly provider: MusicBrainz;
  readonly #namespace = `music-${randomUUID().slice(0, 8)}`;
  readonly #env: Readonly<Record<string, string>>;
  readonly #client: MongoClient;
  readonly #replicas = new Set<RunningService>();
  #notifications: RunningService | undefined;

  readonly #own: Own;

  private constructor(provider: MusicBrainz, own: Own, intervalMs: number) {
    this.provider = provider;
    this.#own = own;
    this.#client = new MongoClient(this.component('mongodb').url, { serverSelectionTimeoutMS: 2_000 });
    this.#env = {
      ...Object.assign({}, ...[...own.values()].map(({ env }) => env)),
      ...shortTiming,
      NAMESPACE: this.#namespace,
      MUSICBRAINZ_URL: `${provider.url}/ws/2`,
      MUSICBRAINZ_INTERVAL_MS: `${intervalMs}`,
    };
  }

  /** Ended after the test file, with everything that it has named in shared components. */
  static async start({ replicas, intervalMs }: { replicas: number; intervalMs: number }): Promise<MusicCluster> {
    const own = await Promise.all(componentNames.map(async (name) => [name, await privateComponent(name)] as const));
    const cluster = new MusicCluster(await startMusicBrainz({ plainAlbums: 400 }), new Map(own), intervalMs);
    afterFile(() => cluster.#clear());
    // All of them, also when one fails: what is still starting at the end of the file would be left behind.
    const starts = await Promise.allSettled([
      startService('notifications', cluster.#env).then((service) => {
        cluster.#notifications = service;
      }),
      ...Array.from({ length: replicas }, () => cluster.startReplica()),
    ]);
    for (const start of starts) if (start.status === 'rejected') throw start.reason;
    return cluster;
  }

  component(name: ComponentName): RunningComponent {
    const found = this.#own.get(name);
    if (!found) throw new Error(`this cluster has no ${name}, only ${componentNames.join(', ')}`);
    return found;
  }

  get replicas(): readonly RunningService[] {
    return [...this.#replicas];
  }

  async startReplica(): Promise<RunningService> {
    const service = await startService('music', this.#env);
    this.#replicas.add(service);
    return service;
  }

  /** Ends a replica by kill -9. */
  async killReplica(replica: RunningService): Promise<void> {
    this.#replicas.delete(replica);
    await replica.kill('SIGKILL');
  }

  rows(collection: string, service: 'music' | 'notifications' = 'music'): Collection<Row> {
    return this.#client.db(`${this.#namespace}-${service}`).collection<Row>(collection);
  }

  /** Asks the replicas in turn for the catalogue's plain albums from one number on, eight at a time. @throws what a request throws. */
  async askFor(from: number, count: number): Promise<AskedAlbum[]> {
    const numbers = Array.from({ length: count }, (_, place) => from + place);
    const asked: AskedAlbum[] = [];
    for (let place = 0; place < numbers.length; place += 8)
      asked.push(...(await Promise.all(numbers.slice(place, place + 8).map((number) => this.ask(number)))));
    return asked;
  }

  async ask(number: number, replica = this.replicas[number % this.replicas.length]): Promise<AskedAlbum> {
    if (!replica) throw new Error('no replica runs');
    const { title, releaseGroupId, releaseCount } = this.provider.catalogue.album(`Album ${number}`);
    const person = `person-${number}`;
    const token = await replica.token('member', person);
    const askedAt = performance.now();
    const answer = await fetch(`${replica.url}/albums`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ title, artists: ['The Simulators'], musicbrainzReleaseGroupId: releaseGroupId }),
    });
    const tookMs = performance.now() - askedAt;
    if (answer.status !== 201) throw new Error(`POST /albums: ${answer.status} ${await answer.text()}`);
    await answer.body?.cancel();
    return { title, person, releaseCount, tookMs };
  }

  importedCount(titles: readonly string[]): Promise<number> {
    return this.rows('albums').countDocuments({ importStatus: 'imported', title: { $in: [...titles] } });
  }

  /** Waits until each of these albums is imported and its person told; then nothing may be there twice. */
  async expectImportedOnce(titles: readonly string[], withinMs: number): Promise<void> {
    await until(async () => (await this.importedCount(titles)) === titles.length, {
      withinMs,
      everyMs: 100,
      message: `${titles.length} albums are imported`,
    });
    const albums = await this.rows('albums')
      .find({ title: { $in: [...titles] } })
      .toArray();
    const people = albums.map((album) => album['ownerId']);
    await until(async () => (await this.#toldCount(people)) >= people.length, { withinMs: 30_000, everyMs: 100 });
    const expected = titles.map((title) => {
      const { releaseCount } = this.provider.catalogue.album(title);
      return { title, releaseCount, rows: releaseCount, jobs: ['completed'], told: 1 };
    });
    expect(sorted(await Promise.all(albums.map((album) => this.#foundOf(album))))).toEqual(sorted(expected));
  }

  #toldCount(people: readonly string[]): Promise<number> {
    return this.rows('notifications', 'notifications').countDocuments({ recipient: { $in: [...people] } });
  }

  async #foundOf({ _id, title, releaseCount, ownerId }: Row) {
    const jobs = await this.rows('jobs').find({ name: 'album.import-releases', 'payload.albumId': _id }).toArray();
    return {
      title: String(title),
      releaseCount: Number(releaseCount),
      rows: await this.rows('releases').countDocuments({ albumId: _id, removed: null }),
      jobs: jobs.map(({ state }) => String(state)),
      told: await this.#toldCount([ownerId]),
    };
  }

  /** The attempts and errors that imports have cost. */
  async costs(): Promise<{ attempts: number[]; errors: number }> {
    const jobs = await this.rows('jobs').find({ name: 'album.import-releases' }).toArray();
    const errors = jobs.reduce((sum, job) => sum + Object.keys(job['failures'] ?? {}).length, 0);
    return { attempts: [...new Set(jobs.map(({ attempt }) => Number(attempt)))], errors };
  }

  async get(path: string): Promise<Document> {
    const [replica] = this.replicas;
    if (!replica) throw new Error('no replica runs');
    const headers = { authorization: `Bearer ${await replica.token('admin', 'operator')}` };
    const answer = await fetch(`${replica.url}${path}`, { headers });
    const text = await answer.text();
    return answer.headers.get('content-type')?.includes('json') ? JSON.parse(text) : { text };
  }

  async #clear(): Promise<void> {
    const services = [...this.#replicas, ...(this.#notifications ? [this.#notifications] : [])];
    await Promise.all(services.map((service) => service.kill('SIGKILL')));
    await this.#client.close();
    await this.provider.stop();
  }
}

const sorted = <One extends { title: string }>(found: readonly One[]): One[] =>
  found.toSorted((one, other) => one.title.localeCompare(other.title));
