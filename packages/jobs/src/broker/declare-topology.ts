import type { Channel, ChannelModel } from 'amqplib';
import type { Topology } from './topology.ts';
import { within } from './within.ts';

/** The broker itself waits five seconds for each of a queue's replicas before it deletes it by force. */
const REMAKE_TIMEOUT_MS = 15_000;

/** Declares everything, safe to repeat. Rejects when the broker refuses one of the declarations. */
export async function declareTopology(channel: Channel, { exchanges, queues, bindings }: Topology): Promise<void> {
  // Pipelined: the broker answers in order, so that this costs three waits and not one per declaration.
  await Promise.all(
    exchanges.map(({ name, type, arguments: args }) =>
      channel.assertExchange(name, type, { durable: true, arguments: args }),
    ),
  );
  await Promise.all(
    queues.map(({ name, arguments: args }) => channel.assertQueue(name, { durable: true, arguments: args })),
  );
  await Promise.all(
    bindings.map(({ kind, from, to, key }) =>
      kind === 'queue' ? channel.bindQueue(to, from, key) : channel.bindExchange(to, from, key),
    ),
  );
}

/**
 * Deletes a queue with all that it holds and declares it again, on a channel of its own: a broker that stands still as
 * a whole opens none, so that only a queue whose broker answers is ever deleted.
 * @throws NoAnswer when one of the two is not done within 15 s
 */
export async function remakeQueue(connection: ChannelModel, topology: Topology, queue: string): Promise<void> {
  const channel = await within(REMAKE_TIMEOUT_MS, connection.createChannel(), 'opening a channel');
  channel.on('error', () => undefined);
  const remade = channel.deleteQueue(queue).then(() => declareTopology(channel, topology));
  await within(REMAKE_TIMEOUT_MS, remade, `making ${queue} anew`);
  await channel.close();
}

/** Whether a queue is there, asked on a channel of its own because a "no" closes the channel. */
export async function queueExists(connection: ChannelModel, queue: string): Promise<boolean> {
  const channel = await connection.createChannel();
  channel.on('error', () => undefined);
  try {
    await channel.checkQueue(queue);
    await channel.close();
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 404) return false;
    throw error;
  }
}
