import { randomUUID } from 'node:crypto';
import type { ComponentName, RunningComponent } from '@millrace/stack';
import { afterFile, components, privateComponent, type RunningService, startService, until } from '@millrace/testkit';
import { type Collection, type Db, type Document, MongoClient } from 'mongodb';
import { brokerOf, type PlainBroker } from './plain-broker.ts';
import { natsOf, type PlainNats } from './plain-nats.ts';

type Wanted = {
  /** Components of this cluster's own, to be killed and wiped; the others are shared with other tests. */
  own?: readonly ComponentName[];
  profile?: 'tiny' | 'full';
};

/** A campaign that somebody asked for, and the job that seeds it. */
export type Asked = { readonly campaignId: string; readonly jobId: string; readonly person: string };

type Answer = { readonly status: number; readonly body: Document };

/** Leases of 2 s, so that a death is missed soon; each still holds five heartbeats and five sweeps. */
const shortTiming = {
  JOBS_LEASE_MS: '2000',
  JOBS_HEARTBEAT_MS: '400',
  JOBS_SWEEP_MS: '300',
  JOBS_REDISPATCH_MS: '2000',
};

/**
 * A killed process may leave a transaction open, and the development database keeps what that has locked for up to a minute.
 * Whoever waits for work to go on after a death is that patient.
 */
export const goesOnWithinMs = 75_000;

/** The services as processes of their own: one API of campaign, notifications, and as many workers as a test starts. */
export class Cluster {
  readonly namespace: string;
  readonly env: Readonly<Record<string, string>>;
  readonly own: ReadonlyMap<ComponentName, RunningComponent>;
  readonly broker: PlainBroker;
  readonly nats: PlainNats;
  readonly #client: MongoClient;
  readonly #services = new Map<string, RunningService>();
  readonly #tokens = new Map<string, string>();

  private constructor(parts: Pick<Cluster, 'namespace' | 'env' | 'own'>) {
    this.namespace = parts.namespace;
    this.env = parts.env;
    this.own = parts.own;
    this.broker = brokerOf(this.env['AMQP_URL'] as string, `${parts.namespace}-jobs.v1`);
    this.nats = natsOf(this.env['NATS_URL'] as string, parts.namespace);
    this.#client = new MongoClient(this.env['MONGODB_URI'] as string, { serverSelectionTimeoutMS: 2_000 });
  }

  /** Ended after the test file, with everything that it has named in shared components. */
  static async start({ own: names = [], profile = 'tiny' }: Wanted = {}): Promise<Cluster> {
    const namespace = `failures-${randomUUID().slice(0, 8)}`;
    const own = new Map(await Promise.all(names.map(async (name) => [name, await privateComponent(name)] as const)));
    const { amqpUrl, natsUrl, mongodbUri } = components();
    const urls = { AMQP_URL: amqpUrl, NATS_URL: natsUrl, MONGODB_URI: mongodbUri };
    const ownUrls = Object.assign({}, ...[...own.values()].map(({ env }) => env));
    const env = {
      ...urls,
      ...ownUrls,
      ...shortTiming,
      NAMESPACE: namespace,
      TEMPLATE_PROFILE: profile,
      POOL_TARGET: '0',
      // Of what a test makes fail nobody is to hear beside.
      DEAD_LETTER_WATCH_MS: '3600000',
    };
    const cluster = new Cluster({ namespace, env, own });
    afterFile(() => cluster.#clear());
    await allOrNone([cluster.startApi(), cluster.startNotifications()]);
    await until(() => cluster.rows('templates').findOne({ status: 'published' }), {
      withinMs: 30_000,
      message: 'the first template is published',
    });
    return cluster;
  }

  get api(): RunningService {
    return this.#service('api');
  }

  get notifications(): RunningService {
    return this.#service('notifications');
  }

  component(name: ComponentName): RunningComponent {
    const found = this.own.get(name);
    if (!found) throw new Error(`this cluster has no ${name} of its own; start it with own: ['${name}']`);
    return found;
  }

  /** Accepts and sweeps, and performs nothing. */
  startApi(): Promise<RunningService> {
    return this.#start('api', 'campaign', { RUN: 'api' });
  }

  /** Performs campaign's jobs; any number may run. */
  startWorker(env: Readonly<Record<string, string>> = {}): Promise<RunningService> {
    return this.#start(`worker ${randomUUID()}`, 'campaign', { RUN: 'worker', ...env });
  }

  startNotifications(): Promise<RunningService> {
    return this.#start('notifications', 'notifications', {});
  }

  /** Ends every worker of this cluster by kill -9. */
  killWorkers(): Promise<void> {
    return this.#endWorkers('SIGKILL');
  }

  /** Lets every worker drain and end. */
  stopWorkers(): Promise<void> {
    return this.#endWorkers('SIGTERM');
  }

  rows<Row extends Document = Document & { _id: string }>(
    collection: string,
    service: 'campaign' | 'notifications' = 'campaign',
  ): Collection<Row> {
    return this.#database(service).collection<Row>(collection);
  }

  /** Each campaign is asked for by a person of its own, so that every notification tells whose it is. */
  async askFor(count: number): Promise<Asked[]> {
    const people = Array.from({ length: count }, () => randomUUID());
    return Promise.all(
      people.map(async (person) => {
        const { status, body } = await this.post(
          '/campaigns',
          { name: `of ${person}` },
          { role: 'member', sub: person },
        );
        if (status !== 201) throw new Error(`POST /campaigns: ${status} ${JSON.stringify(body)}`);
        return { campaignId: body['campaign'].id, jobId: body['job'].id, person };
      }),
    );
  }

  /** Has these campaigns seeded row by row, which takes seconds. Call it while no worker runs: the record decides, whatever the message says. */
  async seedSlowly(asked: readonly Asked[]): Promise<void> {
    await this.rows('jobs').updateMany(
      { _id: { $in: asked.map(({ jobId }) => jobId) } },
      { $set: { 'payload.mode': 'single' } },
    );
  }

  get(path: string, service: RunningService = this.api): Promise<Answer> {
    return this.#request('GET', `${service.url}${path}`, undefined, { role: 'admin', sub: 'operator' });
  }

  post(
    path: string,
    body: unknown = {},
    who: { role: 'member' | 'admin'; sub: string } = { role: 'admin', sub: 'operator' },
  ): Promise<Answer> {
    return this.#request('POST', `${this.api.url}${path}`, body, who);
  }

  put(path: string, body: unknown): Promise<Answer> {
    return this.#request('PUT', `${this.api.url}${path}`, body, { role: 'admin', sub: 'operator' });
  }

  async #request(
    method: string,
    url: string,
    body: unknown,
    { role, sub }: { role: 'member' | 'admin'; sub: string },
  ): Promise<Answer> {
    const token = this.#tokens.get(sub) ?? (await this.#anyService().token(role, sub));
    this.#tokens.set(sub, token);
    const response = await fetch(url, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(15_000),
    });
    return { status: response.status, body: (await response.json()) as Document };
  }

  async #start(key: string, name: string, env: Readonly<Record<string, string>>): Promise<RunningService> {
    const service = await startService(name, { ...this.env, ...env });
    this.#services.set(key, service);
    return service;
  }

  async #endWorkers(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const workers = [...this.#services].filter(([key]) => key.startsWith('worker'));
    await Promise.all(workers.map(([, service]) => service.kill(signal)));
    for (const [key] of workers) this.#services.delete(key);
  }

  #service(key: string): RunningService {
    const found = this.#services.get(key);
    if (!found) throw new Error(`${key} was not started`);
    return found;
  }

  #anyService(): RunningService {
    return [...this.#services.values()][0] as RunningService;
  }

  #database(service: string): Db {
    return this.#client.db(`${this.namespace}-${service}`);
  }

  async #clear(): Promise<void> {
    await Promise.all([...this.#services.values()].map((service) => service.kill('SIGKILL')));
    if (!this.own.has('mongodb')) {
      for (const service of ['campaign', 'notifications']) await this.#database(service).dropDatabase();
    }
    await this.#client.close();
    if (!this.own.has('rabbitmq')) await this.broker.deleteAll();
    if (!this.own.has('nats')) await this.nats.deleteStream();
  }
}

/** Waits for all even when one fails: what is still starting then could not be ended. */
async function allOrNone(works: readonly Promise<unknown>[]): Promise<void> {
  const outcomes = await Promise.allSettled(works);
  const failure = outcomes.find(({ status }) => status === 'rejected');
  if (failure) throw (failure as PromiseRejectedResult).reason;
}
