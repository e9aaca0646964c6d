import amqp, { type ConsumeMessage } from 'amqplib';
import type { Contestant } from './contestant.ts';

/** Confirmed publish and acknowledged consumption of one durable quorum queue: the same work by the bare library. */
export const bareAmqplib: Contestant = {
  name: 'bare amqplib',
  promises: 'a confirmed message survives the broker; nothing is kept of it afterwards',
  async produce({ amqpUrl, name }) {
    const channel = await (await connect(amqpUrl)).createConfirmChannel();
    await channel.assertQueue(name, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
    return (index) =>
      new Promise<void>((resolve, reject) =>
        channel.sendToQueue(name, Buffer.from(JSON.stringify({ index })), { persistent: true }, (error) =>
          error ? reject(error) : resolve(),
        ),
      );
  },
  async work({ amqpUrl, name }, { inFlight, perform }) {
    const channel = await (await connect(amqpUrl)).createChannel();
    await channel.prefetch(inFlight, false);
    const onMessage = async (message: ConsumeMessage) => {
      await perform(JSON.parse(message.content.toString()).index);
      channel.ack(message);
    };
    await channel.consume(name, (message) => {
      if (message) void onMessage(message);
    });
  },
  async wipe({ amqpUrl, name }) {
    const connection = await connect(amqpUrl);
    await (await connection.createChannel()).deleteQueue(name);
    await connection.close();
  },
};

const connect = (url: string) => amqp.connect(url, { noDelay: true });
