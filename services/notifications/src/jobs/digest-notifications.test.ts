import { randomUUID } from 'node:crypto';
import { campaignSeeded } from '@millrace/contracts/campaign';
import { loneRun } from '@millrace/jobs/testing';
import { afterFile, components } from '@millrace/testkit';
import mongoose from 'mongoose';
import { noticesOf } from '../domain/notice.ts';
import { planOf } from '../domain/plan.ts';
import { defaultPreferences } from '../domain/preferences.ts';
import { createBrowsers } from '../store/browsers.ts';
import { createDeliveries } from '../store/deliveries.ts';
import { createDigests } from '../store/digests.ts';
import { dispatcher } from '../store/dispatch.ts';
import { createFeeds } from '../store/feeds.ts';
import { createNotifications } from '../store/notifications.ts';
import { createPeople } from '../store/people.ts';
import { digestNotificationsJob } from './digest-notifications.ts';

test('a digest whose maker died is sent by the next run, also when all was read meanwhile', async () => {
  const dbName = `digest-${randomUUID().slice(0, 8)}`;
  const database = await mongoose.createConnection(components().mongodbUri, { dbName }).asPromise();
  afterFile(async () => {
    await database.dropDatabase();
    await database.close();
  });
  const deliveries = createDeliveries(database);
  const digests = createDigests(database);
  const notifications = createNotifications(database, createFeeds(database));
  const people = createPeople(database, defaultPreferences, createBrowsers(database));
  const jobs = Promise.resolve({ enqueue: async () => undefined as never });
  const counts = { schticks: 1, weapons: 1, characters: 1, factions: 1, junctures: 1 };
  const campaign = { campaignId: randomUUID(), name: 'Neon', ownerId: 'ann', requestedBy: 'ann', templateVersion: 1 };
  const [notice] = noticesOf({ id: randomUUID(), ...campaignSeeded({ ...campaign, counts, durationMs: 5 }) });
  if (!notice) throw new Error('nobody is told');
  const contacts = { ...defaultPreferences.contacts, email: 'ann@home.example' };
  const ann = { ...defaultPreferences, contacts, digest: 'hourly' as const, browsers: [] };
  const now = new Date();
  await notifications.add([notice]);
  const [planned] = planOf(notice, campaignSeeded.type, ann, { now, burstMs: 0, at: now });
  if (!planned) throw new Error('nothing is planned');
  await dispatcher({ deliveries, digests, jobs })(planned);
  const digestId = planned.draft.digestId ?? '';
  const job = digestNotificationsJob({ deliveries, digests, people, isRead: (id) => notifications.isRead(id) });

  const first = await job.run(loneRun({ digestId }));
  await notifications.mark('ann', notice.id, 'read');
  const second = await job.run(loneRun({ digestId }));

  expect(first).toMatchObject({ kind: 'done', jobs: [{ payload: { deliveryId: digestId } }] });
  expect(second).toEqual(first);
  expect(await deliveries.find(digestId)).toMatchObject({ state: 'queued', to: 'ann@home.example' });
});
