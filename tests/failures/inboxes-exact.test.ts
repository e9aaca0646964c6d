import { randomUUID } from 'node:crypto';
import {
  afterFile,
  components,
  isFull,
  privateComponent,
  type RunningService,
  startService,
  until,
} from '@millrace/testkit';
import { type Db, MongoClient } from 'mongodb';
import { crowd, operators, withDuplicates } from './crowd.ts';
import { brokerOf } from './plain-broker.ts';
import { stubbornTeller } from './stubborn-teller.ts';

const events = isFull() ? 10_000 : 1_000;
/** For all of them, also on a machine that has other things to do. */
const patienceMs = isFull() ? 1_200_000 : 300_000;

/** The service, and NATS of its own; both are killed meanwhile. */
async function setup() {
  const namespace = `inboxes-${randomUUID().slice(0, 8)}`;
  const nats = await privateComponent('nats');
  const { amqpUrl, mongodbUri } = components();
  const urls = { AMQP_URL: amqpUrl, MONGODB_URI: mongodbUri, ...nats.env };
  const env = { ...urls, NAMESPACE: namespace, ALERT_RECIPIENTS: operators.join(','), LOG_LEVEL: 'error' };
  const client = new MongoClient(mongodbUri);
  const database = client.db(`${namespace}-notifications`);
  afterFile(async () => {
    await database.dropDatabase();
    await client.close();
    await brokerOf(amqpUrl, `${namespace}-jobs.v1`).deleteAll();
  });
  const start = () => startService('notifications', env);
  return { nats, database, start, teller: await stubbornTeller(nats.url, namespace) };
}

test(
  `${events} events, a tenth of them told twice, reach every inbox exactly once, whatever is killed meanwhile`,
  async () => {
    const { nats, database, start, teller } = await setup();
    const { events: happened, expected } = crowd(events);
    let service = await start();
    afterFile(async () => service.kill());
    const handled = (share: number) =>
      until(async () => (await database.collection('inbox').countDocuments()) >= share * events, {
        withinMs: patienceMs / 2,
        message: `${share * 100} % are handled`,
      });

    const telling = teller.tell(withDuplicates(happened));
    await handled(0.15);
    await nats.kill('SIGKILL');
    await nats.start();
    await handled(0.35);
    await service.kill('SIGKILL');
    service = await start();
    await handled(0.6);
    await Promise.all([nats.kill('SIGKILL'), service.kill('SIGKILL')]);
    await nats.start();
    service = await start();
    await telling;
    await handled(1);
    await until(async () => (await teller.open()) === 0, { withinMs: 60_000, message: 'nothing is on its way' });

    const found = await inboxesOf(service, [...expected.keys()]);
    expect(found).toEqual(Object.fromEntries([...expected].map(([name, entries]) => [name, asInbox(entries)])));
    expect(await deliveriesOf(database)).toEqual(
      [...expected].flatMap(([name, entries]) => entries.map(({ eventId }) => `${eventId} ${name}`)).sort(),
    );
    expect(await droppedBy(database)).toBeGreaterThan(0);
  },
  patienceMs,
);

type Entry = { readonly eventId: string; readonly category: string };
type Inbox = { readonly eventIds: readonly string[]; readonly count: number; readonly byCategory: object };

/** What an inbox is to show, counted here. */
function asInbox(entries: readonly Entry[]): Inbox {
  const byCategory = { campaign: 0, mesh: 0, music: 0, project: 0, operations: 0 };
  for (const { category } of entries) byCategory[category as keyof typeof byCategory]++;
  return { eventIds: entries.map(({ eventId }) => eventId).sort(), count: entries.length, byCategory };
}

async function inboxesOf(service: RunningService, people: readonly string[]): Promise<Record<string, Inbox>> {
  const inboxes: Record<string, Inbox> = {};
  for (const name of people) {
    const headers = { authorization: `Bearer ${await service.token('member', name)}` };
    const get = async (path: string) => (await fetch(`${service.url}${path}`, { headers })).json();
    const eventIds: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page = (await get(`/notifications?limit=200${cursor && `&cursor=${cursor}`}`)) as Page;
      eventIds.push(...page.items.map(({ eventId }) => eventId));
      cursor = page.nextCursor;
    }
    const { count, byCategory } = (await get('/notifications/unread-count')) as Inbox;
    inboxes[name] = { eventIds: eventIds.sort(), count, byCategory };
  }
  return inboxes;
}

type Page = { readonly items: readonly Entry[]; readonly nextCursor: string | null };

/** Every row of the log, as event and person. */
async function deliveriesOf(database: Db): Promise<string[]> {
  const rows = await database.collection('deliveries').find({ channel: 'inbox', state: 'delivered' }).toArray();
  return rows.map(({ eventIds, to }) => `${eventIds} ${to}`).sort();
}

/** How many repetitions the service itself has recognized; the stream has dropped others. */
async function droppedBy(database: Db): Promise<number> {
  const rows = await database.collection('inbox').find().toArray();
  return rows.reduce((sum, { duplicates }) => sum + duplicates, 0);
}
