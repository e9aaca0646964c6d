import { z } from 'zod';
import { type Notification, notification, pageOf, unreadCount } from './answers.ts';
import { claim, claimEqual } from './claim.ts';
import type { People } from './people.ts';
import { chapter, say, seconds } from './print.ts';

const patienceMs = 60_000;

type Pushed = { readonly title: string; readonly atMs: number };

/** Listens to the member's inbox from now on. @returns the next thing that it is told, and how to stop. */
export async function listenToInbox({ member }: People): Promise<{ next: Promise<Pushed>; stop(): void }> {
  const hangUp = new AbortController();
  const signal = AbortSignal.any([hangUp.signal, AbortSignal.timeout(patienceMs)]);
  const events = member.notifications.events('/notifications/events', signal);
  const first = await events.next();
  claim(first.value?.event === 'snapshot', 'a stream begins with a snapshot', first.value);
  const next = nextNotification(events);
  // Whoever stops before anything came does not wait for it.
  next.catch(() => {});
  return { next, stop: () => hangUp.abort() };
}

async function nextNotification(events: AsyncGenerator<{ event: string; data: unknown }>): Promise<Pushed> {
  for await (const { event, data } of events) {
    if (event !== 'notification') continue;
    return { title: z.object({ notification }).parse(data).notification.title, atMs: performance.now() };
  }
  throw new Error('the stream of notifications ended before anything was told');
}

/** The one notification of the seeding: pushed, listed, counted, read. */
export async function readInbox(people: People, pushed: Promise<Pushed>, askedAtMs: number): Promise<Notification> {
  chapter('4. The member is told, once');
  const live = await pushed;
  say(`  Pushed ${seconds(live.atMs - askedAtMs)} after the request: "${live.title}"`);

  const [told, ...more] = await inboxOf(people);
  claim(told && more.length === 0, 'the inbox holds exactly one notification', more.length + 1);
  claimEqual('the title in the list', told.title, live.title);
  claimEqual('the number of unread notifications', await unread(people), 1);
  say(`  GET /notifications: "${told.body}"`);

  await people.member.notifications.post(
    `/notifications/${told.id}/read`,
    {},
    { status: 200, schema: notification.extend({ readAt: z.string() }) },
  );
  claimEqual('the number of unread notifications after reading', await unread(people), 0);
  say('  GET /notifications/unread-count was 1, and is 0 after reading it.');
  return told;
}

/** All that this member was ever told, newest first. */
export async function inboxOf({ member }: People): Promise<Notification[]> {
  return (await member.notifications.get('/notifications?state=all', pageOf(notification))).items;
}

const unread = async ({ member }: People): Promise<number> =>
  (await member.notifications.get('/notifications/unread-count', unreadCount)).count;
