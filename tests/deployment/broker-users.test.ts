import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { createJobs, defineJob, done, every, type JobDefinition, type JobsOptions, on } from '@millrace/jobs';
import { type RunningComponent, serviceTable } from '@millrace/stack';
import { components, privateComponent, until } from '@millrace/testkit';
import amqp, { type ConfirmChannel } from 'amqplib';
import mongoose from 'mongoose';
import { z } from 'zod';

const run = promisify(execFile);
const infra = resolve(import.meta.dirname, '../../infra/k8s');
const log: JobsOptions['log'] = { debug() {}, info() {}, warn() {}, error() {} };

let rabbitmq: RunningComponent;
beforeAll(async () => {
  rabbitmq = await privateComponent('rabbitmq');
  // In the order of their names in the pod; users of the local overlay, whose passwords are no secret.
  await control('import_definitions', join(infra, 'overlays/local/broker-users.json'));
  await control('import_definitions', join(infra, 'components/rabbitmq/20-permissions.json'));
}, 120_000);

test('each service performs a job with a retry as its own user of the broker', async () => {
  const ends = await Promise.all(serviceTable.map(({ name }) => performOnce(name)));

  expect(ends).toEqual(serviceTable.map(({ name }) => ({ service: name, state: 'completed', attempt: 2 })));
}, 120_000);

/** What a service must not do. `own` is the service, `other` another one. */
const trespasses: Record<string, (channel: ConfirmChannel, own: string, other: string) => Promise<unknown>> = {
  'read a queue of another': (channel, _own, other) => channel.consume(lane(other), () => undefined),
  'empty a queue of another': (channel, _own, other) => channel.purgeQueue(lane(other)),
  'delete a queue of another': (channel, _own, other) => channel.deleteQueue(lane(other)),
  'declare a queue in the name of another': (channel, _own, other) => channel.assertQueue(lane(other, 'new')),
  'read the dead letters of another': (channel, _own, other) => channel.get(`jobs.v1.dead.${other}`),
  'ring at a queue of another': (channel, _own, other) => publish(channel, 'jobs.v1.cmd', address(other)),
  'delay a message for a queue of another': (channel, _own, other) =>
    publish(channel, 'jobs.v1.delay.00', `${'0.'.repeat(19)}1.${address(other)}`),
  'write into a queue past the exchanges': (channel, own) => publish(channel, '', lane(own)),
  'have commands of another copied to itself': (channel, own, other) =>
    channel.bindQueue(lane(own), 'jobs.v1.cmd', address(other)),
  'have commands of all copied to itself': (channel, own) => channel.bindQueue(lane(own), 'jobs.v1.cmd', '#'),
  'have delayed messages of all copied to itself': (channel, own) =>
    channel.bindQueue(lane(own), 'jobs.v1.delay.03', '#'),
  'make an exchange of its own': (channel) => channel.assertExchange('mine', 'fanout'),
};

test.each(Object.keys(trespasses))('no service may %s', async (name) => {
  const answers = await Promise.all(
    serviceTable.map(({ name: own }, index) =>
      asUser(own, (channel) =>
        (trespasses[name] as (typeof trespasses)[string])(
          channel,
          own,
          serviceTable[(index + 1) % serviceTable.length]?.name ?? '',
        ),
      ).then(
        () => `${own} was let`,
        (error: Error) => (/403/.test(error.message) ? 'refused' : error.message),
      ),
    ),
  );

  expect(answers).toEqual(serviceTable.map(() => 'refused'));
});

test('a user of a service is no user of another virtual host, and nobody without a password', async () => {
  const { port } = new URL(rabbitmq.url);

  await expect(amqp.connect(`amqp://campaign:local-only@127.0.0.1:${port}/`)).rejects.toThrow(/got <ConnectionClose/);
  await expect(amqp.connect(`amqp://campaign:guess@127.0.0.1:${port}/millrace`)).rejects.toThrow(/ACCESS.REFUSED/);
});

const address = (service: string, queue = 'probe') => `${service}_${queue}_std`;
const lane = (service: string, queue?: string) => `jobs.v1.q.${address(service, queue)}`;

function urlOf(service: string): string {
  return `amqp://${service}:local-only@127.0.0.1:${new URL(rabbitmq.url).port}/millrace`;
}

/** The runtime that services use, under their name and with their password: it declares, publishes, consumes, and waits on the ladder. */
async function performOnce(service: string) {
  const dbName = `broker-users-${randomUUID().slice(0, 8)}`;
  const database = await mongoose.createConnection(components().mongodbUri, { dbName, autoIndex: false }).asPromise();
  const options = { service, database, amqpUrl: urlOf(service), announce: async () => {}, drainMs: 1_000, log };
  const jobs = createJobs({ ...options, definitions: [probe()] });
  try {
    await jobs.start();
    await until(() => jobs.troubles().length === 0, { withinMs: 30_000, message: `${service} is ready` });
    const { job } = await jobs.enqueue({ name: 'probe.run' }, {});
    const ended = await until(
      async () => {
        const found = await jobs.find(job.id);
        return found.state === 'completed' && found;
      },
      { withinMs: 30_000, message: `${service} has performed a job` },
    );
    return { service, state: ended.state, attempt: ended.attempt };
  } finally {
    await jobs.stop();
    await database.dropDatabase();
    await database.close();
  }
}

function probe(): JobDefinition {
  const payload = z.looseObject({});
  const contract = { name: 'probe.run', queue: 'probe', summary: 'for tests', version: 1, versions: { 1: payload } };
  const promise = { ...contract, upcasts: {}, payload, maxAttempts: 3, timeoutMs: 10_000, lane: 'std' as const };
  return defineJob(promise, {
    retry: [on(RangeError, every(250))],
    async run({ attempt }) {
      if (attempt === 1) throw new RangeError('once more');
      return done();
    },
  }) as JobDefinition;
}

/** @throws with the broker's refusal, also of what it refuses by closing the channel. */
async function asUser(service: string, act: (channel: ConfirmChannel) => Promise<unknown>): Promise<void> {
  const connection = await amqp.connect(urlOf(service));
  connection.on('error', () => undefined);
  try {
    const channel = await connection.createConfirmChannel();
    const refusal = new Promise<never>((_settle, reject) => channel.on('error', reject));
    await Promise.race([act(channel), refusal]);
  } finally {
    await connection.close().catch(() => undefined);
  }
}

function publish(channel: ConfirmChannel, exchange: string, key: string): Promise<void> {
  channel.publish(exchange, key, Buffer.from('{}'));
  return channel.waitForConfirms();
}

/** Speaks to the private broker as its operator. */
async function control(...command: string[]): Promise<void> {
  const config = join(dirname(rabbitmq.logFile), 'config');
  const env = {
    PATH: process.env['PATH'],
    HOME: join(config, 'home'),
    RABBITMQ_NODENAME: 'millrace@localhost',
    ERL_EPMD_PORT: `${rabbitmq.ports['epmd']}`,
  };
  await run('/usr/lib/rabbitmq/bin/rabbitmqctl', command, { cwd: config, env });
}
