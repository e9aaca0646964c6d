import { randomUUID } from 'node:crypto';
import amqp, { type Channel } from 'amqplib';
import mongoose, { type Connection } from 'mongoose';
import { BROKER_LANES, brokerNames, type Names } from '../broker/topology.ts';
import type { JobDefinition } from '../define/define-job.ts';
import { createJobs, type Jobs } from '../runtime/jobs.ts';
import type { JobsOptions } from '../runtime/options.ts';
import type { Timing } from '../runtime/timing.ts';
import type { Scene, SceneTools } from './scene.ts';

/** Where one process dies and another goes on: a service with a database of its own. */
export type CrashPlace = {
  readonly service: string;
  readonly databaseName: string;
  readonly mongodbUri: string;
  readonly amqpUrl: string;
  /** Whether this is the process that dies. */
  readonly dies: boolean;
};

/** All sweeps share one ladder; their own queues carry their service's name. */
const SWEEP_PREFIX = 'jobs.crash';

/** Everything that takes seconds in earnest takes a fraction of one here. */
const timing: Partial<Timing> = {
  leaseMs: 1_000,
  heartbeatMs: 250,
  sweepMs: 200,
  redispatchMs: 800,
  relayAfterMs: 300,
  confirmTimeoutMs: 5_000,
  abortGraceMs: 300,
};

/** Patience costs nothing where it is not needed, and a crowded machine needs it: dozens of queues are declared first. */
const READY_WITHIN_MS = 120_000;
const LOOK_EVERY_MS = 30;

export const newPlace = ({ amqpUrl, mongodbUri }: Pick<CrashPlace, 'amqpUrl' | 'mongodbUri'>): CrashPlace => {
  const service = `c${randomUUID().slice(0, 8)}`;
  return { service, databaseName: `crash-${service}`, mongodbUri, amqpUrl, dies: true };
};

/** A runtime with what the scene needs, in this process. */
export class CrashWorld {
  readonly database: Connection;
  readonly names: Names;
  readonly #place: CrashPlace;
  readonly #made: Jobs[] = [];
  #definitions: Promise<readonly JobDefinition[]> | undefined;

  constructor(place: CrashPlace, database: Connection) {
    this.#place = place;
    this.database = database;
    this.names = brokerNames(SWEEP_PREFIX, place.service);
  }

  static async open(place: CrashPlace): Promise<CrashWorld> {
    const { mongodbUri, databaseName: dbName } = place;
    return new CrashWorld(place, await mongoose.createConnection(mongodbUri, { dbName, autoIndex: false }).asPromise());
  }

  /** Asked for once: a service's models are defined once on a connection. */
  definitionsOf(scene: Scene): Promise<readonly JobDefinition[]> {
    this.#definitions ??= Promise.resolve(scene.definitions(this.tools()));
    return this.#definitions;
  }

  /** Made and not started. What is told stands in the collection `announced`, one row each time. */
  async make(scene: Scene): Promise<Jobs> {
    const { service, amqpUrl } = this.#place;
    const definitions = await this.definitionsOf(scene);
    const jobs = createJobs({
      ...scene.options,
      service,
      definitions,
      database: this.database,
      amqpUrl,
      announce: async (events) => {
        await this.database.collection('announced').insertMany(events.map((event) => ({ ...event })));
      },
      drainMs: 5_000,
      log: silent,
      topologyPrefix: SWEEP_PREFIX,
      timing,
    });
    this.#made.push(jobs);
    return jobs;
  }

  async start(scene: Scene): Promise<Jobs> {
    const jobs = await this.make(scene);
    await jobs.start();
    await eventually('the runtime is ready', async () => jobs.troubles().length === 0, READY_WITHIN_MS);
    return jobs;
  }

  tools(): SceneTools {
    return {
      database: this.database,
      dies: this.#place.dies,
      ring: (queue, body) =>
        this.onChannel(async (channel) => {
          const key = this.names.address(queue, 'std');
          channel.publish(this.names.commands, key, Buffer.from(body), { persistent: true, messageId: body });
          await channel.checkQueue(this.names.queue(queue, 'std'));
        }),
    };
  }

  /** No job is left to be done or told. */
  async isSettled(): Promise<boolean> {
    const jobs = this.database.collection('jobs');
    const live = { state: { $in: ['scheduled', 'available', 'executing', 'retryable', 'snoozed'] } };
    return (await jobs.countDocuments({ $or: [live, { 'announce.pending': true }] })) === 0;
  }

  /** Messages in all queues of the service. */
  messages(queues: readonly string[]): Promise<number> {
    return this.onChannel(async (channel) => {
      const counts = await Promise.all(
        this.#queueNames(queues).map(async (name) => (await channel.checkQueue(name)).messageCount),
      );
      return counts.reduce((sum, count) => sum + count, 0);
    });
  }

  /** Stops what was made here. */
  async close(): Promise<void> {
    await Promise.all(this.#made.map((jobs) => jobs.stop()));
    await this.database.close();
  }

  /** Stops what was made here and removes what it left on the servers. */
  async end(queues: readonly string[]): Promise<void> {
    await Promise.all(this.#made.map((jobs) => jobs.stop()));
    await this.onChannel(async (channel) => {
      for (const name of this.#queueNames(queues)) await channel.deleteQueue(name);
    }).catch(() => undefined);
    await this.database.dropDatabase().catch(() => undefined);
    await this.database.close();
  }

  async onChannel<Answer>(use: (channel: Channel) => Promise<Answer>): Promise<Answer> {
    const connection = await amqp.connect(this.#place.amqpUrl);
    connection.on('error', () => undefined);
    try {
      const channel = await connection.createChannel();
      channel.on('error', () => undefined);
      return await use(channel);
    } finally {
      await connection.close().catch(() => undefined);
    }
  }

  #queueNames(queues: readonly string[]): string[] {
    const lanes = queues.flatMap((queue) => BROKER_LANES.map((lane) => this.names.queue(queue, lane)));
    return [...lanes, this.names.quarantineQueue, this.names.deadQueue];
  }
}

/** @throws after `withinMs`. */
export async function eventually(what: string, isSo: () => Promise<boolean>, withinMs: number): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await isSo())) {
    if (Date.now() >= deadline) throw new Error(`not within ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

const ignore = () => undefined;
const silent: JobsOptions['log'] = { debug: ignore, info: ignore, warn: ignore, error: ignore };
