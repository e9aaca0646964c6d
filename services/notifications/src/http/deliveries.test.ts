import { createHmac, randomUUID } from 'node:crypto';
import { type AddressInfo, createServer } from 'node:net';
import { campaignSeedingFailed, poolCritical, poolLow } from '@millrace/contracts/campaign';
import { until } from '@millrace/testkit';
import { address, meshReady, seeded, stored } from '../events-for-tests.ts';
import { type Got, receiver, worldForTests } from '../world-for-tests.ts';

let world: Awaited<ReturnType<typeof worldForTests>>;
let room: Awaited<ReturnType<typeof receiver>>;
beforeAll(async () => {
  room = await receiver([200]);
  world = await worldForTests({ SLACK_WEBHOOK_URL: room.url, ALERT_EMAIL: 'duty@ops.example' });
});

const signs = ({ headers, body }: Got, secret: unknown): boolean => {
  const key = Buffer.from(String(secret).slice('whsec_'.length), 'base64');
  const signed = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`;
  return headers['webhook-signature'] === `v1,${createHmac('sha256', key).update(signed).digest('base64')}`;
};

test('an event reaches the inbox, the mailbox, Slack and a signed webhook, each once, and each is a row', async () => {
  const [slack, hook, email] = [await receiver([200]), await receiver([204]), address('ann')];
  const ann = await world.person({ contacts: { email, slack: slack.url, webhook: hook.url } });
  const event = seeded(ann.sub, 'Neon <Harbour>');

  await world.tell(event, event);
  const sent = await ann.ended(3, 'delivered');

  const [mail] = world.mail.to(email);
  const path = `/campaigns/${(event.data as { campaignId: string }).campaignId}`;
  const ofEmail = sent.find(({ channel }) => channel === 'email');
  expect(world.mail.to(email)).toHaveLength(1);
  expect(mail).toMatchObject({ subject: 'Neon <Harbour> is ready', messageId: `<${ofEmail?.id}@race.example>` });
  expect(mail?.text).toContain('643 schticks');
  expect(mail?.html).toContain('<title>Neon &lt;Harbour&gt; is ready</title>');
  expect(mail?.html).toContain(`<a href="https://console.example${path}">`);
  expect(mail?.text).toContain(`\nhttps://console.example${path}\n`);
  expect(slack.got.map(({ body }) => JSON.parse(body).text)).toEqual(['Neon &lt;Harbour&gt; is ready']);
  expect(slack.got[0]?.body).toContain(`https://console.example${path}`);
  expect(hook.got.map((got) => signs(got, ann.preferences['webhookSecret']))).toEqual([true]);
  expect(JSON.parse(hook.got[0]?.body ?? '')).toMatchObject({
    type: 'campaign.seeded',
    data: { eventIds: [event.id], link: `https://console.example${path}` },
  });
  expect((await ann.ask('GET', '/notifications')).body.items).toMatchObject([{ eventId: event.id, link: path }]);
  expect((await ann.ask('GET', '/deliveries?channel=inbox')).body.items).toMatchObject([
    { state: 'delivered', eventIds: [event.id], to: ann.sub, templateVersion: 1, happenedAt: event.at.toISOString() },
  ]);
});

test('a receiver that fails, resets and answers late gets every attempt under one id, and repeats are told', async () => {
  const hook = await receiver([500, 'reset', 'late', 429, 200]);
  const ann = await world.person({ contacts: { webhook: hook.url } });

  await world.tell(seeded(ann.sub));
  const [delivery] = await ann.ended(1, 'delivered');

  expect(delivery?.attempts.map(({ verdict, status }) => [verdict, status])).toEqual([
    ['again', 500],
    ['unknown', null],
    ['unknown', null],
    ['again', 429],
    ['taken', 200],
  ]);
  expect(delivery?.repeats).toBe(2);
  expect(new Set(hook.got.map(({ headers }) => headers['webhook-id']))).toEqual(new Set([delivery?.id]));
  expect(new Set(hook.got.map(({ body }) => body)).size).toBe(1);
});

test('an address that does not exist is written to once and never again, until somebody lifts that', async () => {
  const email = address('bounces');
  const ann = await world.person({ contacts: { email } });
  const oscar = await world.as('oscar', 'operator');
  const suppression = async () =>
    (await oscar('GET', '/suppressions')).body.items.find((one) => JSON.stringify(one).includes(email));

  await world.tell(seeded(ann.sub));
  const [bounced] = await ann.ended(1, 'bounced');
  await world.tell(seeded(ann.sub));
  const [second] = await ann.ended(2, 'bounced', 'skipped');
  const id = (await suppression())?.id;
  const lifted = await oscar('DELETE', `/suppressions/${id}`);

  expect(bounced).toMatchObject({ attempts: [{ verdict: 'bounced', status: 550 }] });
  expect(second).toMatchObject({ state: 'skipped', attempts: [] });
  expect(second?.reason).toContain('no such user here');
  expect(lifted.status).toBe(204);
  expect(await suppression()).toBeUndefined();
});

test('what is refused for good fails in sight, and goes out under its old id when it is sent again', async () => {
  const hook = await receiver([[400, 'not like this'], 200]);
  const ann = await world.person({ contacts: { webhook: hook.url } });

  await world.tell(seeded(ann.sub));
  const [failed] = await ann.ended(1, 'failed');
  const path = `/deliveries/${failed?.id}/resend`;
  const again = await Promise.all([ann.ask('POST', path), ann.ask('POST', path)]);
  const [delivered] = await ann.ended(1, 'delivered');

  expect(failed?.reason).toBe('the receiver answered 400: not like this');
  expect(again.map(({ status }) => status)).toEqual([202, 202]);
  expect(delivered?.id).toBe(failed?.id);
  expect(hook.got.map(({ headers }) => headers['webhook-id'])).toEqual([failed?.id, failed?.id]);
});

test('a receiver that is never there ends in one failed delivery after eight attempts', async () => {
  const ann = await world.person({ contacts: { slack: `http://127.0.0.1:${await closedPort()}/gone` } });

  await world.tell(seeded(ann.sub));
  const [failed] = await ann.ended(1, 'failed');

  expect(failed?.attempts.map(({ verdict }) => verdict)).toEqual(Array(8).fill('again'));
});

/** Where nobody listens any more. */
const closedPort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });

test('inner addresses get nothing', async () => {
  const ann = await world.person({ contacts: { webhook: 'http://10.0.0.1/hook', slack: 'http://[::1]:1/hook' } });

  await world.tell(seeded(ann.sub));
  const sent = await ann.ended(2, 'failed');

  expect(sent.map(({ reason }) => reason?.includes('open internet'))).toEqual([true, true]);
});

test('a failure carries what can be done about it, as a button in mails, Slack and the inbox', async () => {
  const [slack, hook, email] = [await receiver([200]), await receiver([204]), address('ann')];
  const ann = await world.person({ contacts: { email, slack: slack.url, webhook: hook.url }, locale: 'de' });
  const campaignId = randomUUID();
  const error = { code: 'verification-failed', message: '3 schticks are missing' };

  await world.tell(stored(campaignSeedingFailed({ campaignId, requestedBy: ann.sub, error })));
  await ann.ended(3, 'delivered');

  const action = { name: 'seed', label: 'Noch einmal füllen', link: `/campaigns/${campaignId}?do=seed` };
  const url = `https://console.example${action.link}`;
  const [mail] = world.mail.to(email);
  expect(mail?.text).toContain(`\nNoch einmal füllen: ${url}\n`);
  expect(mail?.html).toMatch(new RegExp(`<a href="${url.replace('?', '\\?')}"[^>]*>Noch einmal füllen</a>`));
  expect(JSON.parse(slack.got[0]?.body ?? '').blocks.at(-1)).toEqual({
    type: 'actions',
    elements: [{ type: 'button', action_id: 'seed', text: { type: 'plain_text', text: action.label }, url }],
  });
  expect(JSON.parse(hook.got[0]?.body ?? '').data.actions).toEqual([{ ...action, link: url }]);
  expect((await ann.ask('GET', '/notifications')).body.items).toMatchObject([{ actions: [action] }]);
});

test('a failure for good cannot be muted, and what is muted lies in the archive', async () => {
  const email = address('ann');
  const ann = await world.person({ contacts: { email }, channels: { campaign: { inbox: false, email: false } } });
  const error = { code: 'verification-failed', message: '3 schticks are missing' };

  await world.tell(
    seeded(ann.sub),
    stored(campaignSeedingFailed({ campaignId: randomUUID(), requestedBy: ann.sub, error })),
  );
  await ann.ended(1, 'delivered');
  await until(async () => (await ann.ask('GET', '/notifications?state=all')).body.items.length === 2);
  const refused = await ann.ask('PUT', '/preferences', { channels: { failures: { email: false } } });

  expect([refused.status, refused.body.errors[0]?.path]).toEqual([422, 'body.channels.failures.email']);
  expect((await ann.ask('GET', '/notifications/unread-count')).body['count']).toBe(1);
  expect((await ann.ask('GET', '/notifications?state=archived')).body.items).toHaveLength(1);
  expect(world.mail.to(email)[0]?.headers.has('list')).toBe(false);
});

test('twelve meshes that are ready within a moment are told by one mail', async () => {
  const email = address('ann');
  const ann = await world.person({ contacts: { email } });

  await world.tell(...Array.from({ length: 12 }, (_, index) => meshReady(ann.sub, `duck-${index}.png`)));
  await until(async () => (await ann.sent()).filter(({ state }) => state === 'digested').length === 12, {
    withinMs: 15_000,
  });
  await until(() => world.mail.to(email).reduce((sum, mail) => sum + countOf(mail.subject), 0) === 12, {
    withinMs: 15_000,
  });

  // The twelve may fall on both sides of a moment's end.
  expect(world.mail.to(email).length).toBeLessThanOrEqual(2);
  expect((await ann.ask('GET', '/notifications/unread-count')).body['count']).toBe(12);
});

const countOf = (subject: string | undefined): number => Number(/^(\d+) meshes/.exec(subject ?? '')?.[1] ?? 1);

test('a pool that runs low is told to the operators by mail and Slack, once in half an hour', async () => {
  const level = { type: 'master', ready: 1, target: 3 } as const;
  const lows = ['one', 'two'].map((incidentId) => stored(poolLow({ ...level, incidentId })));
  const oscar = await world.as('oscar', 'operator');
  const ofRoom = async () => (await oscar('GET', '/deliveries?recipient=@operators&limit=100')).body.items;

  await world.tell(...lows);
  await world.tell(stored(poolCritical({ ...level, incidentId: 'two' })));
  const told = await until(async () => {
    const found = await ofRoom();
    return found.length === 6 && found.every(({ state }) => ['delivered', 'throttled'].includes(state)) && found;
  });

  expect(told.map(({ channel, state, title }) => `${channel} ${state} ${title}`).sort()).toEqual([
    'email delivered The master pool is low',
    'email delivered The master pool is nearly empty',
    'email throttled The master pool is low',
    'slack delivered The master pool is low',
    'slack delivered The master pool is nearly empty',
    'slack throttled The master pool is low',
  ]);
  expect([room.got.length, world.mail.to('duty@ops.example').length]).toEqual([2, 2]);
});

test('a channel is tried with a real message, by operators only', async () => {
  const email = address('try');
  const [ann, oscar] = [await world.as('ann'), await world.as('oscar', 'operator')];

  const refused = await ann('POST', '/channels/email/test', { to: email });
  const wrong = await oscar('POST', '/channels/webhook/test', { to: 'nowhere' });
  const sent = await oscar('POST', '/channels/email/test', { to: email });
  await until(() => world.mail.to(email).length === 1, { withinMs: 30_000 });
  const template = await oscar('POST', '/channels/email/test', { to: email, template: 'mesh.completed' });
  await until(() => world.mail.to(email).length === 2, { withinMs: 30_000 });

  expect([refused.status, wrong.status, sent.status]).toEqual([403, 422, 202]);
  expect(world.mail.to(email)[0]?.headers.has('list')).toBe(true);
  expect(template.body).toMatchObject({ type: 'mesh.completed', templateVersion: 1 });
  expect(world.mail.to(email)[1]?.subject).toBe('The mesh of duck.png is ready');
});

test('what people are told of an event is shown as each channel would show it, with data as it comes', async () => {
  const [oscar, vera] = [await world.as('oscar', 'operator'), await world.as('vera', 'viewer')];
  const path = '/templates/campaign.seeded';

  const { items } = (await vera('GET', '/templates')).body;
  const shown = (await vera('GET', path)).body;
  const own = { ...(shown['data'] as object), name: '<Lost> & Found' };
  const previewed = (await oscar('POST', `${path}/preview`, { data: own })).body;
  const refused = await oscar('POST', `${path}/preview`, { data: { ...own, name: 7 } });

  expect(items.map(({ id }) => id)).toContain('usage.reported');
  expect(shown).toMatchObject({ id: 'campaign.seeded', version: 1, title: 'Neon Harbour is ready', level: 'info' });
  expect(previewed).toMatchObject({
    title: '<Lost> & Found is ready',
    mail: { subject: '<Lost> & Found is ready', html: expect.stringContaining('&lt;Lost&gt; &amp; Found is ready') },
    slack: { text: '&lt;Lost&gt; &amp; Found is ready' },
  });
  expect([refused.status, refused.body.errors[0]?.path]).toEqual([422, 'body.data.name']);
  expect((await vera('GET', '/templates/moon.landed')).body.code).toBe('template-not-found');
  expect((await vera('POST', `${path}/preview`, {})).status).toBe(403);
});

test('deliveries of others are not found', async () => {
  const hook = await receiver([200]);
  const ann = await world.person({ contacts: { webhook: hook.url } });
  const bob = await world.person({});

  await world.tell(seeded(ann.sub));
  const [delivery] = await ann.ended(1, 'delivered');

  expect((await bob.ask('GET', `/deliveries/${delivery?.id}`)).body.code).toBe('delivery-not-found');
  expect((await bob.ask('POST', `/deliveries/${delivery?.id}/resend`)).body.code).toBe('delivery-not-found');
  expect((await bob.ask('GET', `/deliveries?recipient=${ann.sub}`)).body.items).toEqual([]);
});
