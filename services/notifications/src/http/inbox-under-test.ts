import { randomUUID } from 'node:crypto';
import { createEventBus, type StoredEvent } from '@millrace/events';
import { mintLocalToken, startService } from '@millrace/service';
import { components, until } from '@millrace/testkit';
import mongoose from 'mongoose';
import { createApp } from '../app.ts';
import { readConfig } from '../config.ts';

const quiet = { debug() {}, info() {}, warn() {}, error() {} };

export type Entry = {
  id: string;
  title: string;
  eventId: string;
  seenAt: string | null;
  readAt: string | null;
  archivedAt: string | null;
};

type Answer = Entry & { items: Entry[]; nextCursor: string | null; count: number; code: string };

/** Two replicas of the service on real components, and the bus of a stranger who tells events. */
export async function startInbox() {
  const { amqpUrl, natsUrl, mongodbUri } = components();
  const namespace = `inbox-${randomUUID().slice(0, 8)}`;
  const replica = () => {
    const env = { AMQP_URL: amqpUrl, NATS_URL: natsUrl, MONGODB_URI: mongodbUri, NAMESPACE: namespace };
    const config = readConfig({ ...env, PORT: '0', LOG_LEVEL: 'silent' });
    return startService({ name: 'notifications', config, app: createApp, handleSignals: false });
  };
  const replicas = [await replica(), await replica()];
  const database = await mongoose.createConnection(mongodbUri, { dbName: `${namespace}-campaign` }).asPromise();
  const bury = async () => {};
  const teller = createEventBus({ service: 'campaign', natsUrl, database, namePrefix: namespace, bury, log: quiet });
  await teller.start();
  await until(() => teller.isReady().ready);

  /** An entry is listed a moment before the streams know of it. */
  const isInFeed = async (sub: string, found: readonly Entry[]) => {
    const feeds = database
      .useDb(`${namespace}-notifications`)
      .collection<{ _id: string; changes: { id: string }[] }>('feeds');
    const feed = await feeds.findOne({ _id: sub });
    return found.every(({ id }) => feed?.changes.some((change) => change.id === id));
  };

  return {
    teller,
    /** A person with a name of their own, who asks the given replica. */
    async person({ role = 'member', replica = 0 }: { role?: 'member' | 'viewer'; replica?: 0 | 1 } = {}) {
      const sub = `person-${randomUUID()}`;
      const headers = { Authorization: `Bearer ${await mintLocalToken({ role, sub })}` };
      const ask = async (method: string, path: string, { at = replica } = {}) => {
        const answer = await fetch(`${replicas[at]?.url}${path}`, { method, headers });
        return { status: answer.status, body: (await answer.json()) as Answer };
      };
      const entries = async (query = '') => (await ask('GET', `/notifications${query}`)).body.items;
      const receive = async (...events: StoredEvent[]) => {
        await teller.publish(events);
        return until(async () => {
          const found = (await entries('?limit=100')).filter((entry) => events.some(({ id }) => id === entry.eventId));
          return found.length === events.length && (await isInFeed(sub, found)) && entries('?limit=100');
        });
      };
      const eventsUrl = `${replicas[replica]?.url}/notifications/events`;
      return { sub, headers, eventsUrl, ask, entries, receive };
    },
    async stop() {
      await teller.stop();
      await Promise.all(replicas.map((running) => running.stop()));
      for (const owner of ['campaign', 'notifications']) await database.useDb(`${namespace}-${owner}`).dropDatabase();
      await database.close();
    },
  };
}
