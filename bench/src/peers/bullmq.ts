import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import type { Contestant, Ground } from './contestant.ts';

type Flushing = { readonly flushed: string; port(ground: Ground): number; readonly promises: string };

const bullmqOver = ({ flushed, port, promises }: Flushing): Contestant => {
  const connectionAt = (ground: Ground) => ({ host: '127.0.0.1', port: port(ground) });
  return {
    name: `BullMQ, Redis with appendfsync ${flushed}`,
    promises,
    async produce(place) {
      const queue = new Queue(place.name, { connection: connectionAt(place) });
      await queue.waitUntilReady();
      return (index) => queue.add('noop', { index });
    },
    async work(place, { inFlight, perform }) {
      const options = { connection: connectionAt(place), concurrency: inFlight };
      const worker = new Worker<{ index: number }>(place.name, async ({ data }) => perform(data.index), options);
      await worker.waitUntilReady();
    },
    async wipe(place) {
      const redis = new Redis(connectionAt(place));
      await redis.flushall();
      await redis.quit();
    },
  };
};

export const bullmq = bullmqOver({
  flushed: 'everysec',
  port: ({ redisPort }) => redisPort,
  promises: 'the last second of jobs may be lost with the machine; records are kept in memory',
});

export const bullmqFlushed = bullmqOver({
  flushed: 'always',
  port: ({ redisAlwaysPort }) => redisAlwaysPort,
  promises: 'an accepted job survives the machine; records are kept in memory',
});
