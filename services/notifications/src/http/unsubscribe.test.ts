import { randomUUID } from 'node:crypto';
import { campaignSeedingFailed } from '@millrace/contracts/campaign';
import { until } from '@millrace/testkit';
import { address, meshReady, seeded, stored } from '../events-for-tests.ts';
import { worldForTests } from '../world-for-tests.ts';

let world: Awaited<ReturnType<typeof worldForTests>>;
beforeAll(async () => {
  world = await worldForTests();
});

test('the link in a mail switches its kind off by one POST, and by opening it nothing', async () => {
  const email = address('ann');
  const ann = await world.person({ contacts: { email } });
  const topicIsOn = async () => {
    const { channels } = (await ann.ask('GET', '/preferences')).body as unknown as {
      channels: { campaign: { email: boolean } };
    };
    return channels.campaign.email;
  };

  await world.tell(seeded(ann.sub));
  await ann.ended(1, 'delivered');
  const list = world.mail.to(email)[0]?.headers.get('list') as unknown as { unsubscribe: { url: string } };
  const link = `${world.url}${new URL(list.unsubscribe.url).pathname}`;
  const opened = await fetch(link);
  const isOnAfterOpening = await topicIsOn();
  const form = new URLSearchParams({ 'List-Unsubscribe': 'One-Click' });
  const clicked = await fetch(link, { method: 'POST', body: form });
  await world.tell(seeded(ann.sub));
  await until(async () => (await ann.ask('GET', '/deliveries?channel=inbox')).body.items.length === 2);

  expect([opened.status, opened.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
  expect([isOnAfterOpening, clicked.status, await topicIsOn()]).toEqual([true, 200, false]);
  expect(await ann.sent()).toHaveLength(1);
  expect((await fetch(link.slice(0, -4), { method: 'POST' })).status).toBe(403);
});

test('the link in a digest switches off mails on all that it holds, and says so before, but never on failures', async () => {
  const email = address('ann');
  const ann = await world.person({ contacts: { email }, digest: 'hourly' });
  const oscar = await world.as('oscar', 'operator');
  const error = { code: 'verification-failed', message: '3 schticks are missing' };
  const mailed = async () => {
    const { channels } = (await ann.ask('GET', '/preferences')).body as unknown as {
      channels: Record<string, { email: boolean }>;
    };
    return Object.keys(channels).filter((topic) => channels[topic]?.email);
  };

  await world.tell(
    seeded(ann.sub),
    meshReady(ann.sub, 'duck.png'),
    stored(campaignSeedingFailed({ campaignId: randomUUID(), requestedBy: ann.sub, error })),
  );
  const gathered = await ann.ended(3, 'gathered');
  // Whoever gathered near the end of an hour has two digests.
  const digests = new Set(gathered.map(({ digestId }) => digestId));
  for (const digestId of digests) await oscar('POST', `/jobs/${digestId}/run-now`);
  const mails = await until(() => world.mail.to(email).length === digests.size && world.mail.to(email), {
    withinMs: 30_000,
  });
  const links = mails.flatMap(({ headers }) => {
    const list = headers.get('list') as unknown as { unsubscribe: { url: string } } | undefined;
    return list ? [`${world.url}${new URL(list.unsubscribe.url).pathname}`] : [];
  });
  const pages = await Promise.all(links.map(async (link) => (await fetch(link)).text()));
  const form = new URLSearchParams({ 'List-Unsubscribe': 'One-Click' });
  const before = await mailed();
  for (const link of links) await fetch(link, { method: 'POST', body: form });

  expect(pages.join('')).toContain('<li>campaign</li>');
  expect(pages.join('')).toContain('<li>mesh</li>');
  expect(pages.join('')).not.toContain('<li>failures</li>');
  const headers = mails.flatMap(({ headerLines }) => headerLines.map(({ line }) => line));
  expect(headers).toContain('List-Unsubscribe-Post: List-Unsubscribe=One-Click');
  expect(before).toEqual(['campaign', 'mesh', 'music', 'project', 'operations', 'failures']);
  expect(await mailed()).toEqual(['music', 'project', 'operations', 'failures']);
});
