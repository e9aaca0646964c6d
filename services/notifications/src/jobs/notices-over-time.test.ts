import { randomUUID } from 'node:crypto';
import { campaignSeeded, poolCritical } from '@millrace/contracts/campaign';
import { inlineJobs } from '@millrace/jobs/testing';
import { afterFile, components } from '@millrace/testkit';
import mongoose, { type Connection } from 'mongoose';
import type { ChannelSender } from '../clients/channel-sender.ts';
import type { Delivery } from '../domain/delivery.ts';
import { noticesOf } from '../domain/notice.ts';
import { defaultPreferences, type Preferences } from '../domain/preferences.ts';
import { createBrowsers } from '../store/browsers.ts';
import { createDeliveries } from '../store/deliveries.ts';
import { createDigests } from '../store/digests.ts';
import { dispatcher, gatherLater } from '../store/dispatch.ts';
import { createFeeds } from '../store/feeds.ts';
import { createHourLimit } from '../store/hour-limit.ts';
import { createNotifications } from '../store/notifications.ts';
import { createPeople } from '../store/people.ts';
import { createSuppressions } from '../store/suppressions.ts';
import { tellPeople } from '../store/tell-people.ts';
import { createThrottle } from '../store/throttle.ts';
import { abandonDeliveryJob } from './abandon-delivery.ts';
import { deliverNotificationJob } from './deliver-notification.ts';
import { digestNotificationsJob } from './digest-notifications.ts';

const minute = 60_000;
const hour = 60 * minute;

let database: Connection;
beforeAll(async () => {
  const dbName = `over-time-${randomUUID().slice(0, 8)}`;
  database = await mongoose.createConnection(components().mongodbUri, { dbName }).asPromise();
  afterFile(async () => {
    await database.dropDatabase();
    await database.close();
  });
});

type Sent = { readonly at: string; readonly title: string; readonly shown: number; readonly more: number };

/** A person with a mailbox, and the service's own jobs and stores on a clock that goes when it is told to. */
async function world(start: string, preferences: Partial<Preferences>, limitPerHour = 0) {
  const sub = `person-${randomUUID()}`;
  const sent: Sent[] = [];
  const email: ChannelSender = async ({ content }: Delivery) => {
    const { title, items, more } = content;
    sent.push({ at: now().toISOString(), title, shown: items.length, more });
    return { verdict: 'taken', status: 250, answer: 'taken' };
  };
  const deliveries = createDeliveries(database);
  const digests = createDigests(database);
  const notifications = createNotifications(database, createFeeds(database));
  const browsers = createBrowsers(database);
  const people = createPeople(database, defaultPreferences, browsers);
  const isRead = (id: string) => notifications.isRead(id);
  const parts = { deliveries, digests, people, browsers, suppressions: createSuppressions(database), isRead };
  const now = () => jobs.clock.now();
  const jobs = inlineJobs({
    now: new Date(start),
    definitions: [
      deliverNotificationJob({
        limit: createHourLimit(database, limitPerHour),
        gatherLater: (...excess) => gatherLater(stores)(...excess),
        ...{ ...parts, now, retryMs: 10, senders: { email, slack: email, webhook: email, push: email } },
        unsubscribeUrl: async () => undefined,
        consoleUrl: undefined,
      }),
      digestNotificationsJob(parts),
      abandonDeliveryJob(parts),
    ] as never,
  });
  const stores = { deliveries, digests, jobs: Promise.resolve(jobs as never) };
  const dispatch = dispatcher(stores);
  const throttle = createThrottle(database);
  const tell = tellPeople({ people, notifications, dispatch, throttle, now, burstMs: 0 });
  const contacts = { email: `${sub}@home.example`, slack: null, webhook: null };
  await people.change(sub, { ...defaultPreferences, contacts, ...preferences });
  const happen = async (draft: { type: string; data: unknown }) => {
    const event = { id: randomUUID(), at: now(), ...draft };
    for (const notice of noticesOf(event, [sub])) await tell(notice, event);
    return event;
  };
  return {
    sub,
    sent,
    jobs,
    notifications,
    people,
    happen,
    seeded: (name: string) => happen(seededOf(sub, name)),
    states: async () =>
      (await deliveries.list({ filter: { recipient: sub }, after: {}, limit: 100 }))
        .filter(({ channel }) => channel !== 'inbox')
        .map(({ state }) => state)
        .sort(),
  };
}

const seededOf = (requestedBy: string, name: string) => {
  const counts = { schticks: 1, weapons: 1, characters: 1, factions: 1, junctures: 1 };
  const campaign = { campaignId: randomUUID(), name, ownerId: requestedBy, requestedBy };
  return campaignSeeded({ ...campaign, templateVersion: 1, counts, durationMs: 5 });
};

const critical = () => poolCritical({ type: 'master', ready: 0, target: 3, incidentId: randomUUID() });

const night = { quietHours: { from: '22:00', to: '07:00' }, timeZone: 'Europe/Berlin' };

/** By the ladder, a wait is never shorter and up to an eighth longer; the twin keeps it to the millisecond. */
const at = (sent: readonly Sent[]) => sent.map(({ at: time }) => time);

describe('quiet hours', () => {
  it.each([
    ['a night in autumn', '2026-11-28T22:00:00Z', 8 * hour, '2026-11-29T06:00:00.000Z'],
    ['the night that is an hour shorter', '2026-03-28T22:00:00Z', 7 * hour, '2026-03-29T05:00:00.000Z'],
    ['the night that is an hour longer', '2026-10-24T21:00:00Z', 9 * hour, '2026-10-25T06:00:00.000Z'],
  ])('hold a mail until the morning of %s', async (_, start, waitMs, morning) => {
    const { sent, seeded, jobs, states } = await world(start, night);

    await seeded('Harbour');
    await jobs.drain();
    const [heldAs, before] = [await states(), sent.length];
    await jobs.pass(waitMs);

    expect([heldAs, before]).toEqual([['held'], 0]);
    expect(at(sent)).toEqual([morning]);
    expect(await states()).toEqual(['delivered']);
  });

  it('let through what is critical', async () => {
    const { sent, happen, jobs } = await world('2026-11-28T22:00:00Z', night);

    await happen(critical());
    await jobs.drain();

    expect(sent).toMatchObject([{ at: '2026-11-28T22:00:00.000Z', title: 'The master pool is nearly empty' }]);
  });

  it('skip what was switched off meanwhile', async () => {
    const { sub, sent, seeded, jobs, people, states } = await world('2026-11-28T22:00:00Z', night);

    await seeded('Harbour');
    await jobs.drain();
    const person = await people.find(sub);
    const channels = { ...person.channels, campaign: { ...person.channels.campaign, email: false } };
    await people.change(sub, { ...person, channels });
    await jobs.pass(9 * hour);

    expect([sent, await states()]).toEqual([[], ['skipped']]);
  });
});

describe('digests', () => {
  it.each([
    ['hourly', 'Asia/Kathmandu', '2026-11-28T10:20:00Z', '2026-11-28T11:15:00.000Z'],
    ['daily', 'Europe/Berlin', '2026-03-28T12:00:00Z', '2026-03-29T06:00:00.000Z'],
    ['daily', 'Europe/Berlin', '2026-10-24T12:00:00Z', '2026-10-25T07:00:00.000Z'],
    ['daily', 'America/New_York', '2026-10-31T18:00:00Z', '2026-11-01T13:00:00.000Z'],
  ] as const)('%s in %s gather all of a span into one mail', async (digest, timeZone, start, end) => {
    const { sent, seeded, jobs, states } = await world(start, { digest, timeZone });

    for (const name of ['One', 'Two', 'Three']) await seeded(name);
    await jobs.pass(24 * hour);
    await jobs.pass(2 * hour);

    expect(sent).toEqual([{ at: end, title: '3 things have happened', shown: 3, more: 0 }]);
    expect(await states()).toEqual(['delivered', 'digested', 'digested', 'digested']);
  });

  it('show twenty, and say how many more there are', async () => {
    const { sent, seeded, jobs } = await world('2026-11-28T10:20:00Z', { digest: 'hourly' });

    await Promise.all(Array.from({ length: 23 }, (_, index) => seeded(`Harbour ${index}`)));
    await jobs.pass(hour);

    expect(sent).toMatchObject([{ title: '23 things have happened', shown: 20, more: 3 }]);
  });

  it('leave out what was read, and are not sent when nothing is left', async () => {
    const { sub, sent, seeded, jobs, notifications } = await world('2026-11-28T10:20:00Z', { digest: 'hourly' });

    await seeded('One');
    await notifications.readAll(sub);
    await jobs.pass(hour);
    const afterNothing = [...sent];
    await seeded('Two');
    await notifications.readAll(sub);
    await seeded('Three');
    await jobs.pass(hour);

    expect(afterNothing).toEqual([]);
    expect(sent.map(({ title }) => title)).toEqual(['Three is ready']);
  });

  it('do not hold up what is critical, and wait for the end of quiet hours themselves', async () => {
    const { sent, seeded, happen, jobs } = await world('2026-11-28T22:20:00Z', { ...night, digest: 'hourly' });

    await seeded('One');
    await seeded('Two');
    await happen({ ...critical(), type: 'pool.critical' });
    await jobs.pass(9 * hour);

    expect(sent.map(({ at: time, title }) => `${time} ${title}`)).toEqual([
      '2026-11-28T22:20:00.000Z The master pool is nearly empty',
      '2026-11-29T06:00:00.000Z 2 things have happened',
    ]);
  });
});

describe('escalation', () => {
  const byMail = {
    channels: {
      ...defaultPreferences.channels,
      campaign: { inbox: true, email: false, slack: false, webhook: false, push: false },
    },
    escalation: { afterMinutes: 30, channel: 'email' as const },
  };

  it('sends what is still unread after its time', async () => {
    const { sent, seeded, jobs } = await world('2026-11-28T10:00:00Z', byMail);

    await seeded('Harbour');
    await jobs.pass(29 * minute);
    const before = sent.length;
    await jobs.pass(minute);

    expect([before, at(sent)]).toEqual([0, ['2026-11-28T10:30:00.000Z']]);
  });

  it('leaves alone what was read', async () => {
    const { sub, sent, seeded, jobs, notifications, states } = await world('2026-11-28T10:00:00Z', byMail);

    await seeded('Harbour');
    await notifications.readAll(sub);
    await jobs.pass(hour);

    expect([sent, await states()]).toEqual([[], ['skipped']]);
  });
});

describe('more than a person may get in an hour', () => {
  it('is told at the end of it, together, and nothing of it is lost', async () => {
    const { sent, seeded, jobs, states } = await world('2026-11-28T10:20:00Z', {}, 2);

    for (const name of ['One', 'Two', 'Three', 'Four', 'Five']) await seeded(name);
    await jobs.drain();
    const [atOnce, waiting] = [at(sent), await states()];
    await jobs.pass(40 * minute);
    await seeded('Six');
    await jobs.drain();

    expect(atOnce).toEqual(Array(2).fill('2026-11-28T10:20:00.000Z'));
    expect(waiting).toEqual(['delivered', 'delivered', 'gathered', 'gathered', 'gathered']);
    expect(sent.slice(2)).toMatchObject([
      { at: '2026-11-28T11:00:00.000Z', title: '3 things have happened', shown: 3 },
      { at: '2026-11-28T11:00:00.000Z', title: 'Six is ready' },
    ]);
  });

  it('is as much over all replicas, and who was let through once is so again', async () => {
    const limit = createHourLimit(database, 3);
    const [sub, now] = [`person-${randomUUID()}`, new Date('2026-11-28T10:20:00Z')];
    const ids = Array.from({ length: 12 }, () => randomUUID());
    const ask = () => Promise.all(ids.map((id) => limit.admits(sub, 'email', id, now)));

    const [first, again] = [await ask(), await ask()];

    expect(first.filter(Boolean)).toHaveLength(3);
    expect(again).toEqual(first);
    expect(await limit.admits(sub, 'slack', `${ids[0]}`, now)).toBe(true);
  });

  it('is told by its parts where some was gathered before, and holds up nothing critical', async () => {
    const { sent, seeded, happen, jobs } = await world('2026-11-28T22:20:00Z', night, 1);

    for (const name of ['One', 'Two', 'Three']) await seeded(name);
    await happen({ ...critical(), type: 'pool.critical' });
    await jobs.pass(8 * hour + 40 * minute);

    expect(sent.map(({ at: time, title }) => `${time} ${title}`)).toEqual([
      '2026-11-28T22:20:00.000Z The master pool is nearly empty',
      expect.stringMatching(/^2026-11-29T06:00:00.000Z .* is ready$/),
      '2026-11-29T07:00:00.000Z 2 things have happened',
    ]);
  });
});

test('a delivery whose job was cancelled is marked as failed', async () => {
  const { seeded, jobs, states } = await world('2026-11-28T22:00:00Z', night);

  await seeded('Harbour');
  await jobs.drain();
  const { items } = await jobs.list({ name: 'notification.deliver' }, { limit: 10 });
  const [job] = items.filter(({ state }) => state === 'snoozed');
  await jobs.cancel(job?.id ?? '');
  await jobs.drain();

  expect(await states()).toEqual(['failed']);
});
