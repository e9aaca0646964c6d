import amqp, { type Options } from 'amqplib';
import { v7 } from 'uuid';
import type { Chance } from '../chance.ts';
import { lanesOf } from '../checks/queues.ts';
import { type ServiceName, serviceNames, type WholeCluster } from '../cluster/whole-cluster.ts';
import { spoiltBytes, spoiltJson } from './spoil.ts';

type Message = { readonly body: Buffer; readonly properties: Options.Publish };

const perLane = 6;

/**
 * Puts messages that somebody has spoilt into every lane of every service, as a plain client that got past the users of the broker.
 * @returns how many; the broker has them.
 */
export async function spoilMessages(
  cluster: Pick<WholeCluster, 'amqpUrl' | 'database'>,
  chance: Chance,
): Promise<number> {
  const connection = await amqp.connect(cluster.amqpUrl);
  connection.on('error', () => undefined);
  try {
    const channel = await connection.createConfirmChannel();
    let sent = 0;
    for (const service of serviceNames) {
      const rings = await ringsOf(cluster, service);
      for (const queue of lanesOf(service)) {
        for (let copy = 0; copy < perLane; copy++, sent++) {
          const { body, properties } = spoiltMessage(chance, chance.oneOf(rings));
          channel.sendToQueue(queue, body, properties);
        }
      }
    }
    await channel.waitForConfirms();
    return sent;
  } finally {
    await connection.close().catch(() => undefined);
  }
}

/**
 * Resolves what was buried because it names a job that nobody has accepted: until a person has, the ledgers take it for a lost job.
 * @returns how many.
 */
export async function resolveForged({ database }: Pick<WholeCluster, 'database'>): Promise<number> {
  const resolved = serviceNames.map(async (service) => {
    const letters = database(service).collection('dead_letters');
    const journal = database(service).collection<{ _id: string }>('job_accepted');
    let count = 0;
    for (const { _id, body } of await letters.find({ state: 'open', reason: 'record-missing' }).toArray()) {
      const { jobId } = JSON.parse(body) as { jobId: string };
      if ((await journal.countDocuments({ _id: jobId })) > 0) continue;
      count += (await letters.updateOne({ _id }, { $set: { state: 'resolved' } })).modifiedCount;
    }
    return count;
  });
  return (await Promise.all(resolved)).reduce((sum, count) => sum + count, 0);
}

type Ring = { readonly type: string; readonly envelope: object };

/** Messages as they were once right, of jobs that have been: the best disguise. */
async function ringsOf({ database }: Pick<WholeCluster, 'database'>, service: ServiceName): Promise<Ring[]> {
  const records = await database(service).collection('jobs').find().limit(40).toArray();
  const known = records.map(({ _id, n, name, v, payload }) => ({
    type: `${name}@${v}`,
    envelope: { jobId: String(_id), n, payload },
  }));
  return [...known, { type: 'nobody.knows@1', envelope: { jobId: v7(), n: 1, payload: {} } }];
}

function spoiltMessage(chance: Chance, { type, envelope }: Ring): Message {
  const isText = chance.next() < 0.5;
  const body = isText
    ? Buffer.from(JSON.stringify(spoiltJson(chance, envelope)))
    : spoiltBytes(chance, Buffer.from(JSON.stringify(envelope)));
  return {
    body,
    properties: { persistent: true, type: chance.next() < 0.7 ? type : 'x@y@z', ...chance.oneOf(oddities) },
  };
}

/** What a header or a property may be, and ours never are. */
const oddities: readonly Options.Publish[] = [
  {},
  { headers: { 'x-death': [{ count: 2 ** 40, reason: 'expired', queue: 'nowhere', exchange: '' }] } },
  { headers: { traceparent: 'ff-zz-00', tracestate: '='.repeat(600) } },
  { contentEncoding: 'gzip', contentType: 'application/x-protobuf' },
  { priority: 255, correlationId: '\u0000', replyTo: 'nowhere' },
  { messageId: 'x'.repeat(255), appId: '../', timestamp: 1 },
];
