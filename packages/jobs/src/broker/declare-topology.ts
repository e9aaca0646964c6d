import type { Channel, ChannelModel } from 'amqplib';
import type { Topology } from './topology.ts';

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
