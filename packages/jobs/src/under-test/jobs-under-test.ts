import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { untilPaused } from '@millrace/stack';
import { components, until } from '@millrace/testkit';
import amqp, { type Channel } from 'amqplib';
import mongoose, { type Connection } from 'mongoose';
import { BROKER_LANES, brokerNames, type Names } from '../broker/topology.ts';
import type { JobDefinition } from '../define/define-job.ts';
import { type Collections, collectionsOf } from '../record/collections.ts';
import type { JobRecord, StoredEvent } from '../record/record.ts';
import { createJobs, type Jobs } from '../runtime/jobs.ts';
import type { JobsOptions } from '../runtime/options.ts';
import { shortTiming, TEST_PREFIX } from './test-job.ts';
import type { WorkerWish } from './worker-under-test.ts';

type Wish = { mongodbUri?: string; amqpUrl?: string };
type LogLine = { level: 'debug' | 'info' | 'warn' | 'error'; fields: Record<string, unknown>; message: string };

type Worker = {
  /** Kills what runs now; with `isKeptAlive` another one follows. */
  kill(signal: NodeJS.Signals): Promise<void>;
  readonly pid: number;
  /** How many processes it took so far. */
  readonly starts: number;
};

/** A service of its own with a database of its own, on real servers. */
export type World = {
  readonly service: string;
  readonly databaseName: string;
  readonly mongodbUri: string;
  readonly amqpUrl: string;
  readonly database: Connection;
  readonly collections: Collections;
  readonly names: Names;
  readonly announced: StoredEvent[];
  readonly logs: LogLine[];
  /** Made and not started; stopped by {@link end}. */
  make(definitions: readonly JobDefinition[], options?: Partial<JobsOptions>): Jobs;
  /** Started and ready. */
  start(definitions: readonly JobDefinition[], options?: Partial<JobsOptions>): Promise<Jobs>;
  /** The record, which must be there. */
  record(id: string): Promise<JobRecord>;
  /** Ready messages by lane, and `quarantine` and `dead`. */
  depths(queue?: string): Promise<Record<string, number>>;
  /** Waits until no message is left anywhere. */
  untilEmpty(queue?: string): Promise<void>;
  /** Publishes as an outsider would. */
  publish(
    body: Buffer | object,
    options?: { type?: string; messageId?: string; lane?: string; queue?: string },
  ): Promise<void>;
  /** A worker in a process of its own, killed by {@link end}. `program`: what it runs instead of `worker-under-test.ts`, with the wish as its argument. */
  worker(wish?: Partial<WorkerWish> & { isKeptAlive?: boolean; program?: string }): Worker;
  /** A channel on the world's broker, for as long as `use` runs. */
  onChannel<Answer>(use: (channel: Channel) => Promise<Answer>): Promise<Answer>;
  end(): Promise<void>;
};

export async function jobsWorld(wish: Wish = {}): Promise<World> {
  const amqpUrl = wish.amqpUrl ?? components().amqpUrl;
  const mongodbUri = wish.mongodbUri ?? components().mongodbUri;
  const service = `s${randomUUID().slice(0, 8)}`;
  const databaseName = `jobs-${service}`;
  const names = brokerNames(TEST_PREFIX, service);
  const database = await mongoose.createConnection(mongodbUri, { dbName: databaseName, autoIndex: false }).asPromise();
  const made: { jobs: Jobs; database: Connection | undefined }[] = [];
  const queues = new Set<string>();
  const announced: StoredEvent[] = [];
  const workers: (() => Promise<void>)[] = [];
  const logs: LogLine[] = [];

  const onChannel = async <Answer>(use: (channel: Channel) => Promise<Answer>): Promise<Answer> => {
    const connection = await amqp.connect(amqpUrl);
    connection.on('error', () => undefined);
    try {
      const channel = await connection.createChannel();
      channel.on('error', () => undefined);
      return await use(channel);
    } finally {
      await connection.close().catch(() => undefined);
    }
  };
  const queueNames = (queue: string) => [
    ...BROKER_LANES.map((lane) => [lane, names.queue(queue, lane)] as const),
    ['quarantine', names.quarantineQueue] as const,
    ['dead', names.deadQueue] as const,
  ];
  const depths = (queue = 'orders.main') =>
    onChannel(async (channel) =>
      Object.fromEntries(
        await Promise.all(
          queueNames(queue).map(async ([lane, name]) => [lane, (await channel.checkQueue(name)).messageCount] as const),
        ),
      ),
    );

  const world: World = {
    service,
    databaseName,
    mongodbUri,
    amqpUrl,
    database,
    collections: collectionsOf(database),
    names,
    announced,
    logs,
    make(definitions, options = {}) {
      for (const { contract } of definitions) queues.add(contract.queue);
      const jobs = createJobs({
        service,
        definitions,
        database,
        amqpUrl,
        announce: async (events) => void announced.push(...events),
        drainMs: 5_000,
        log: logTo(logs),
        topologyPrefix: TEST_PREFIX,
        ...options,
        timing: { ...shortTiming, ...options.timing },
      });
      made.push({ jobs, database: options.database });
      return jobs;
    },
    async start(definitions, options) {
      const jobs = world.make(definitions, options);
      await jobs.start();
      await until(() => jobs.troubles().length === 0, { withinMs: 20_000, message: 'the runtime is ready' });
      return jobs;
    },
    async record(id) {
      const record = await world.collections.jobs.findOne({ _id: id });
      if (!record) throw new Error(`no record ${id}`);
      return record;
    },
    depths,
    untilEmpty: async (queue) =>
      void (await until(async () => Object.values(await depths(queue)).every((count) => count === 0), {
        withinMs: 10_000,
        everyMs: 50,
        message: 'all queues are empty',
      })),
    publish: (body, { type = 'order.ship@1', messageId = randomUUID(), lane = 'std', queue = 'orders.main' } = {}) =>
      onChannel(async (channel) => {
        const bytes = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
        channel.publish(names.commands, names.address(queue, lane as 'std'), bytes, {
          persistent: true,
          type,
          messageId,
        });
        await channel.checkQueue(names.queue(queue, 'std'));
      }),
    worker({ isKeptAlive = false, program = workerProgram, ...workerWish } = {}) {
      const { worker, end } = startWorker(
        {
          service,
          databaseName,
          mongodbUri,
          amqpUrl,
          role: 'worker',
          concurrency: 25,
          hasQuarantine: false,
          ...workerWish,
        },
        isKeptAlive,
        program,
      );
      workers.push(end);
      return worker;
    },
    onChannel,
    async end() {
      await Promise.all(workers.map((endWorker) => endWorker()));
      await Promise.all(made.map(({ jobs }) => jobs.stop()));
      for (const { database: own } of made) await own?.close();
      await onChannel(async (channel) => {
        const all = new Set([...queues].flatMap((queue) => queueNames(queue).map(([, name]) => name)));
        for (const name of all) await channel.deleteQueue(name);
      }).catch(() => undefined);
      await database.dropDatabase().catch(() => undefined);
      await database.close();
    },
  };
  return world;
}

const workerProgram = fileURLToPath(new URL('worker-under-test.ts', import.meta.url));

function startWorker(
  wish: WorkerWish,
  isKeptAlive: boolean,
  program: string,
): { worker: Worker; end(): Promise<void> } {
  let starts = 0;
  let isWanted = true;
  const start = (): ChildProcess => {
    starts++;
    const child = spawn(process.execPath, [program, JSON.stringify(wish)], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    child.once('exit', () => {
      if (isKeptAlive && isWanted) current = start();
    });
    return child;
  };
  let current = start();
  const kill = async (signal: NodeJS.Signals) => {
    const child = current;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    if (signal === 'SIGKILL' || signal === 'SIGTERM') await exited;
    if (signal === 'SIGSTOP') await untilPaused(child.pid ?? 0);
  };
  const worker: Worker = {
    kill,
    get pid() {
      return current.pid ?? 0;
    },
    get starts() {
      return starts;
    },
  };
  return {
    worker,
    end: async () => {
      isWanted = false;
      await kill('SIGKILL');
    },
  };
}

/** A connection of one's own to the world's database, as another process would have. */
export const connectTo = (
  { mongodbUri, databaseName }: World,
  { monitorCommands = false }: { monitorCommands?: boolean } = {},
): Promise<Connection> =>
  mongoose.createConnection(mongodbUri, { dbName: databaseName, autoIndex: false, monitorCommands }).asPromise();

function logTo(lines: LogLine[]): JobsOptions['log'] {
  const at = (level: LogLine['level']) => (fields: object, message: string) =>
    void lines.push({ level, fields: { ...fields }, message });
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** A promise with its handles outside. */
export function gate<Value = void>() {
  return Promise.withResolvers<Value>();
}
