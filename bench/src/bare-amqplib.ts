import amqp from 'amqplib';

const WINDOW = 256;

/** The same work by the bare library: confirmed publish and acknowledged consumption of one durable quorum queue. */
export type BareQueue = {
  /** Resolves when the broker has confirmed; waits while 256 are unconfirmed. */
  publish(body: Buffer): Promise<void>;
  close(): Promise<void>;
};

/** @param inFlight the consumer's prefetch. @param onMessage called before the acknowledgement. */
export async function openBareQueue(
  url: string,
  inFlight: number,
  onMessage: (body: Buffer) => void,
): Promise<BareQueue> {
  const queue = `bench.bare.${process.pid}`;
  const [publishing, consuming] = await Promise.all([connect(url), connect(url)]);
  const producer = await publishing.createConfirmChannel();
  const consumer = await consuming.createChannel();
  await producer.assertQueue(queue, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
  await consumer.prefetch(inFlight, false);
  await consumer.consume(queue, (message) => {
    if (!message) return;
    onMessage(message.content);
    consumer.ack(message);
  });
  const waiting: (() => void)[] = [];
  let unconfirmed = 0;
  return {
    async publish(body) {
      while (unconfirmed >= WINDOW) await new Promise<void>((resolve) => waiting.push(resolve));
      unconfirmed++;
      await new Promise<void>((resolve, reject) =>
        producer.sendToQueue(queue, body, { persistent: true }, (error) => (error ? reject(error) : resolve())),
      );
      unconfirmed--;
      waiting.shift()?.();
    },
    async close() {
      await consumer.close();
      await producer.deleteQueue(queue);
      await Promise.all([publishing.close(), consuming.close()]);
    },
  };
}

const connect = (url: string) => amqp.connect(url, { noDelay: true });
