import { randomUUID } from 'node:crypto';
import { afterFile, components, type RunningService, startService, until } from '@millrace/testkit';
import { type Db, MongoClient } from 'mongodb';

export type ServiceName = 'campaign' | 'notifications';

type Role = 'member' | 'viewer' | 'operator' | 'admin';

export type Job = {
  id: string;
  state: string;
  attempt: number;
  fingerprint: string;
  crashes: number;
  /** The boot id of the process that runs it. */
  worker: string;
  traceId: string;
  errors: { code: string; message: string }[];
};

type Counts = Record<'schticks' | 'weapons' | 'characters' | 'factions' | 'junctures', number>;

export type Campaign = { id: string; name: string; status: string; counts: Counts; cleanedUpAt: string | null };

type Entry = { id: string; title: string; link: string; traceId: string; readAt: string | null };

/** Every field that a test reads of any answer; which of them an answer has is for its test to know. */
type Body = Job &
  Campaign &
  Entry & {
    campaign: Campaign;
    source: string;
    job: Job;
    conflict: boolean;
    items: (Job & Campaign & Entry & { pid: number })[];
    nextCursor: string | null;
    count: number;
    code: string;
  };

type Answer = { readonly status: number; readonly headers: Headers; readonly body: Body };

type Asking = { readonly body?: unknown; readonly key?: string; readonly traceparent?: string };

export type Person = Awaited<ReturnType<BothServices['person']>>;

/** Both services as processes of their own, on the shared components under names of their own. */
export class BothServices {
  readonly env: Readonly<Record<string, string>>;
  readonly #client: MongoClient;
  readonly #services = new Map<ServiceName, RunningService>();

  private constructor(env: Readonly<Record<string, string>>) {
    this.env = env;
    this.#client = new MongoClient(components().mongodbUri);
  }

  /** Resolves when the first template is published. Ended after the test file, their databases dropped. */
  static async start(env: Readonly<Record<string, string>> = {}): Promise<BothServices> {
    const namespace = `tests-${randomUUID().slice(0, 8)}`;
    // Campaigns are seeded when they are asked for, unless a test is about those that are ready before.
    // Nor is anybody reminded of what a test makes fail: that would be live for an hour.
    const calm = { POOL_TARGET: '0', DEAD_LETTER_WATCH_MS: '3600000' };
    const both = new BothServices({ NAMESPACE: namespace, ...calm, ...env });
    afterFile(() => both.#end());
    const names = ['campaign', 'notifications'] as const;
    // All of them, also when one fails: what is still starting at the end of the file would be left behind.
    const starts = await Promise.allSettled(
      names.map(async (name) => both.#services.set(name, await startService(name, both.env))),
    );
    for (const start of starts) if (start.status === 'rejected') throw start.reason;
    await until(() => both.database('campaign').collection('templates').findOne({ status: 'published' }), {
      withinMs: 30_000,
      message: 'the first template is published',
    });
    return both;
  }

  service(name: ServiceName): RunningService {
    const found = this.#services.get(name);
    if (!found) throw new Error(`${name} was not started`);
    return found;
  }

  database(name: ServiceName): Db {
    return this.#client.db(`${this.env['NAMESPACE']}-${name}`);
  }

  /** Somebody with a name of their own. */
  async person(role: Role = 'member', sub = `${role}-${randomUUID()}`) {
    const token = await this.service('campaign').token(role, sub);
    const ask =
      (method: string, service: ServiceName) =>
      (path: string, asking: Asking = {}) =>
        request(method, this.service(service).url + path, { token, ...asking });
    return {
      sub,
      token,
      get: ask('GET', 'campaign'),
      post: ask('POST', 'campaign'),
      delete: ask('DELETE', 'campaign'),
      notifications: { get: ask('GET', 'notifications'), post: ask('POST', 'notifications') },
    };
  }

  async #end(): Promise<void> {
    await Promise.all([...this.#services.values()].map((service) => service.kill()));
    for (const name of this.#services.keys()) await this.database(name).dropDatabase();
    await this.#client.close();
  }
}

async function request(
  method: string,
  url: string,
  { token, body, key, traceparent }: Asking & { token: string },
): Promise<Answer> {
  const answer = await fetch(url, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(key && { 'idempotency-key': key }),
      ...(traceparent && { traceparent }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(70_000),
  });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, body: text ? JSON.parse(text) : undefined };
}
