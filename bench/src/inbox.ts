import { randomUUID } from 'node:crypto';
import { campaignSeeded } from '@millrace/contracts/campaign';
import { createEventBus, type EventBus } from '@millrace/events';
import { freePort, localToken, startServiceProcess } from '@millrace/stack';
import mongoose from 'mongoose';
import type { Lab } from './lab.ts';
import { listenTo, untilTrue } from './listen-to.ts';
import { atRate, quantile } from './statistics.ts';

type Load = { readonly perSecond: number; readonly seconds: number; readonly people: number };

export type InboxTimes = Load & {
  readonly replicas: number;
  readonly told: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
};

const boundMs = 250;

/**
 * From the moment at which somebody begins to tell an event until the person's open page has the push, by one clock. With two replicas everybody listens
 * at one, and the other handles about half of the events.
 * @throws Error when a push is missing or comes twice.
 */
export async function measureInbox(lab: Lab, load: Load): Promise<InboxTimes[]> {
  return [await measure(lab, load, 1), await measure(lab, load, 2)];
}

async function measure(lab: Lab, load: Load, replicas: number): Promise<InboxTimes> {
  const namespace = `bench-inbox-${replicas}`;
  const running = await Promise.all(Array.from({ length: replicas }, () => startNotifications(lab, namespace)));
  const listening = running[0];
  if (!listening) throw new Error('no replica was started');
  try {
    return await withTeller(lab, namespace, async (teller) => {
      const tookMs = await tellAndListen(teller, listening.url, load);
      const at = (fraction: number) => quantile(tookMs, fraction);
      const times = { p50Ms: at(0.5), p95Ms: at(0.95), p99Ms: at(0.99), maxMs: at(1) };
      return { ...load, replicas, told: tookMs.length, ...times };
    });
  } finally {
    await Promise.all(running.map((service) => service.kill()));
  }
}

const startNotifications = async (lab: Lab, namespace: string) =>
  startServiceProcess('notifications', {
    port: await freePort(),
    logFile: `${lab.directory}/${namespace}-${randomUUID()}.log`,
    env: { ...lab.environment, NAMESPACE: namespace, LOG_LEVEL: 'error' },
  });

async function withTeller<T>({ natsUrl, mongodbUri }: Lab, namespace: string, use: (teller: EventBus) => Promise<T>) {
  const database = await mongoose.createConnection(mongodbUri, { dbName: `${namespace}-campaign` }).asPromise();
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const bury = async () => {};
  const teller = createEventBus({ service: 'campaign', natsUrl, database, namePrefix: namespace, bury, log });
  try {
    await teller.start();
    await untilTrue(() => teller.isReady().ready);
    return await use(teller);
  } finally {
    await teller.stop();
    await database.close();
  }
}

/** The first fifth of the events only warms up. */
async function tellAndListen(teller: EventBus, url: string, { perSecond, seconds, people }: Load): Promise<number[]> {
  const count = perSecond * seconds;
  const begun = new Map<string, number>();
  const tookMs = new Map<string, number>();
  let pushes = 0;
  const hear = (eventId: string) => {
    pushes++;
    tookMs.set(eventId, performance.now() - (begun.get(eventId) ?? Number.NaN));
  };
  const names = Array.from({ length: people }, (_, index) => `listener-${index}`);
  const streams = await Promise.all(names.map(async (name) => listenTo(url, await localToken('member', name), hear)));
  const telling: Promise<void>[] = [];
  await atRate(perSecond, count, (index) => {
    const event = seededFor(names[index % people] as string);
    begun.set(event.id, performance.now());
    telling.push(teller.publish([event]));
  });
  await Promise.all(telling);
  await untilTrue(() => tookMs.size === count, 20_000);
  await Promise.all(streams.map((stream) => stream.stop()));
  if (pushes !== count) throw new Error(`${count} events came in ${pushes} pushes`);
  return [...begun.keys()].slice(Math.floor(count / 5)).map((id) => tookMs.get(id) as number);
}

function seededFor(person: string) {
  const counts = { schticks: 643, weapons: 86, characters: 40, factions: 12, junctures: 7 };
  const campaign = { campaignId: randomUUID(), name: 'Neon Harbour', ownerId: person, requestedBy: person };
  return {
    id: randomUUID(),
    at: new Date(),
    ...campaignSeeded({ ...campaign, templateVersion: 1, counts, durationMs: 5 }),
  };
}

export function inboxSection(times: readonly InboxTimes[]): string {
  const rows = times.map(
    ({ replicas, perSecond, people, told, p50Ms, p95Ms, p99Ms, maxMs }) =>
      `| ${replicas} | ${perSecond}/s, ${people} open pages | ${told} | ${[p50Ms, p95Ms, p99Ms, maxMs].map((ms) => ms.toFixed(0)).join(' | ')} | **${p99Ms <= boundMs ? 'kept' : 'missed'}** |`,
  );
  return `## From an event to the open page

| replicas | events | pushes | p50 ms | p95 ms | p99 ms | max ms | p99 ≤ ${boundMs} ms |
| ---: | --- | ---: | ---: | ---: | ---: | ---: | --- |
${rows.join('\n')}

From before the event is published until the push is read from the stream of server-sent events: NATS, inbox, the entry written with its place in the feed, the exact unread count. With two replicas all pages are open at one of them, and what the
other has handled is found by a look ten times a second. No push was missing, none came twice.
`;
}
