import { randomUUID } from 'node:crypto';
import { campaignSeeded, poolCritical, poolLow, poolRecovered } from '@millrace/contracts/campaign';
import { jobAlerted } from '@millrace/contracts/mesh';
import { until } from '@millrace/testkit';
import { receiver, worldForTests } from '../world-for-tests.ts';

type Alert = { id: string; state: string; title: string; occurrences: number; by: string | null; reminders: number };

let world: Awaited<ReturnType<typeof worldForTests>>;
let room: Awaited<ReturnType<typeof receiver>>;
beforeAll(async () => {
  room = await receiver([200]);
  world = await worldForTests({
    ...{ SLACK_WEBHOOK_URL: room.url, ALERT_EMAIL: 'duty@ops.example' },
    ...{ ALERT_REMINDER_MS: '700', ALERT_RECIPIENTS: 'root', CONSOLE_URL: 'https://console.example' },
  });
});

const happened = (draft: { type: string; version: number; data: unknown }) => ({
  id: randomUUID(),
  at: new Date(),
  ...draft,
});

/** A cause of its own, so that the tests share nothing. */
const jobFails = (fingerprint: string) => {
  const error = { code: 'ENGINE_LOST', message: `lost ${fingerprint}` };
  return happened(jobAlerted({ service: 'mesh', job: 'mesh.generate', jobId: 'j', fingerprint, error, count: 1 }));
};

async function operator() {
  const ask = await world.as('oscar', 'operator');
  const alerts = async () => (await ask('GET', '/alerts?limit=100')).body.items as unknown as Alert[];
  const sent = async (eventId: string) => (await ask('GET', `/deliveries?eventId=${eventId}&limit=100`)).body.items;
  return { ask, alerts, sent };
}

/** The alert that this event has opened, as soon as it is there. */
const alertOf = (eventId: string, ask: Awaited<ReturnType<typeof operator>>['ask']) =>
  until(async () => {
    const { items } = (await ask('GET', '/alerts?limit=100')).body;
    return (items as unknown as (Alert & { eventIds: string[] })[]).find(({ eventIds }) => eventIds.includes(eventId));
  });

test('an alert that nobody takes on is told again by mail and Slack, until somebody acknowledges it', async () => {
  const { ask, sent } = await operator();
  const event = jobFails('nobody');
  const reminders = async () => (await sent(event.id)).filter(({ kind }) => kind === 'reminder');

  await world.tell(event);
  const { id } = await alertOf(event.id, ask);
  await until(async () => (await reminders()).filter(({ state }) => state === 'delivered').length >= 4, {
    withinMs: 20_000,
  });
  const taken = await ask('POST', `/alerts/${id}/acknowledge`, { note: 'the engine restarts' });
  const jobs = async () => (await ask('GET', `/jobs?name=notification.remind&arg.alertId=${id}`)).body.items;
  await until(async () => (await jobs()).every(({ state }) => state === 'discarded'), { withinMs: 20_000 });

  const told = await reminders();
  expect(taken.body).toMatchObject({ state: 'acknowledged', by: 'oscar', note: 'the engine restarts', remindAt: null });
  expect(new Set(told.map(({ channel, to }) => `${channel} ${to}`))).toEqual(
    new Set([`slack ${room.url}`, 'email duty@ops.example']),
  );
  expect(told[0]?.title).toBe('Still: mesh.generate of mesh is failing');
  // Each reminder by two ways; the last may have been under way when it was acknowledged.
  const { reminders: counted } = (await ask('GET', `/alerts/${id}`)).body as unknown as Alert;
  expect([2 * counted, 2 * counted + 2]).toContain(told.length);
});

test('whoever is told of an alert, or reminded of it, is led to its page to take it on or to put it off', async () => {
  const { ask } = await operator();
  const event = jobFails('buttons');

  await world.tell(event);
  const { id } = await alertOf(event.id, ask);
  const messages = await until(
    async () => {
      const said = room.got.map(({ body }) => body).filter((body) => body.includes('lost buttons'));
      return said.length >= 2 && said;
    },
    { withinMs: 20_000 },
  );
  await ask('POST', `/alerts/${id}/acknowledge`, {});

  const page = `https://console.example/alerts/${id}`;
  const buttonsOf = (message: string) =>
    (JSON.parse(message) as { blocks: { elements?: { action_id: string; url: string }[] }[] }).blocks
      .flatMap(({ elements = [] }) => elements)
      .map(({ action_id, url }) => [action_id, url]);
  expect(messages.map(buttonsOf)).toEqual(
    messages.map(() => [
      ['acknowledge', `${page}?do=acknowledge`],
      ['snooze', `${page}?do=snooze`],
    ]),
  );
});

test('what happens again under an acknowledged alert is in the inbox, and is sent to nobody', async () => {
  const { ask, sent } = await operator();
  const [first, second] = [jobFails('known'), jobFails('known')];

  await world.tell(first);
  const { id } = await alertOf(first.id, ask);
  await ask('POST', `/alerts/${id}/acknowledge`, {});
  await world.tell(second);
  const again = await alertOf(second.id, ask);
  const rows = await until(async () => {
    const found = await sent(second.id);
    return found.length === 3 && found;
  });

  expect(again).toMatchObject({ id, state: 'acknowledged', occurrences: 2 });
  expect(rows.map(({ channel, state, reason }) => [channel, state, reason]).sort()).toEqual([
    ['email', 'skipped', 'oscar has acknowledged the alert'],
    ['inbox', 'delivered', null],
    ['slack', 'skipped', 'oscar has acknowledged the alert'],
  ]);
});

test('a snoozed alert reminds nobody until its time has come', async () => {
  const { ask } = await operator();
  const event = jobFails('later');

  await world.tell(event);
  const { id } = await alertOf(event.id, ask);
  const snoozed = await ask('POST', `/alerts/${id}/snooze`, { minutes: 30 });
  const rounds = async () => (await ask('GET', `/jobs?name=notification.remind&arg.alertId=${id}`)).body.items;
  const jobs = await until(
    async () => {
      const found = await rounds();
      return found.length === 2 && found.some(({ state }) => state === 'discarded') && found;
    },
    { withinMs: 20_000 },
  );

  const { remindAt } = snoozed.body as unknown as { remindAt: string };
  expect(snoozed.body).toMatchObject({ state: 'snoozed', by: 'oscar' });
  expect(Date.parse(remindAt)).toBeGreaterThan(Date.now() + 25 * 60_000);
  expect(jobs.map(({ state }) => state).sort()).toEqual(['discarded', 'scheduled']);
});

test('a pool that is low is acknowledged for as long as it grows no worse, and over when it has recovered', async () => {
  const { ask } = await operator();
  const level = { type: 'master', ready: 1, target: 3, incidentId: 'i' } as const;
  const of = async (event: { id: string }) => (await alertOf(event.id, ask)) as Alert;
  const seen = async (id: string) => (await ask('GET', `/alerts/${id}`)).body;
  const [low, critical, recovered] = [poolLow(level), poolCritical({ ...level, ready: 0 }), poolRecovered(level)];

  const [first, worse] = [happened(low), { ...happened(critical), at: new Date(Date.now() + 1) }];
  await world.tell(first);
  const { id } = await of(first);
  await ask('POST', `/alerts/${id}/acknowledge`, {});
  await world.tell(worse);
  const reopened = await of(worse);
  await world.tell({ ...happened(recovered), at: new Date(Date.now() + 2) });
  await until(async () => (await seen(id))['state'] === 'resolved');
  const anew = { ...happened(poolLow({ ...level, incidentId: 'j' })), at: new Date(Date.now() + 3) };
  await world.tell(anew);
  const next = await of(anew);

  expect(reopened).toMatchObject({ id, state: 'open', by: null, level: 'critical', occurrences: 2 });
  expect(next).toMatchObject({ id, state: 'open', level: 'info', occurrences: 1 });
});

test('a pool that has recovered opens no alert by an older word that comes late, and nobody is sent that', async () => {
  const { ask, sent } = await operator();
  const level = { type: 'user', ready: 1, target: 3, incidentId: 'k' } as const;
  const [late, over] = [happened(poolLow(level)), happened(poolRecovered(level))];
  const told = (event: { id: string }) =>
    until(async () => {
      const rows = await sent(event.id);
      return rows.length === 3 && rows;
    });

  await world.tell(over);
  await told(over);
  await world.tell(late);
  const rows = await told(late);

  const { items } = (await ask('GET', '/alerts?limit=100')).body;
  expect(items.filter(({ title }) => title.includes('user pool'))).toMatchObject([
    { state: 'resolved', occurrences: 0 },
  ]);
  expect(rows.map(({ channel, state, reason }) => [channel, state, reason]).sort()).toEqual([
    ['email', 'skipped', 'it was over before it was heard of'],
    ['inbox', 'delivered', null],
    ['slack', 'skipped', 'it was over before it was heard of'],
  ]);
});

test('alerts are the operators business', async () => {
  const { ask } = await operator();
  const [ann, vera] = [await world.as('ann'), await world.as('vera', 'viewer')];
  const nowhere = `/alerts/${randomUUID()}/acknowledge`;

  expect((await ann('GET', '/alerts')).status).toBe(403);
  expect((await vera('GET', '/alerts')).status).toBe(200);
  expect((await vera('POST', nowhere, {})).status).toBe(403);
  expect((await ask('POST', nowhere, {})).body.code).toBe('alert-not-found');
  expect((await ask('POST', nowhere.replace('acknowledge', 'snooze'), { minutes: 0 })).status).toBe(422);
});

test('a person is told in the nearest language that there are words in, and in English where there are none', async () => {
  const root = await world.as('root', 'admin');
  const entryOf = (eventId: string) =>
    until(async () =>
      (await root('GET', '/notifications')).body.items.find(
        (one) => (one as unknown as { eventId: string }).eventId === eventId,
      ),
    );
  const counts = { schticks: 1, weapons: 1, characters: 1, factions: 1, junctures: 1 };
  const campaign = { campaignId: randomUUID(), name: 'Harbour', ownerId: 'root', requestedBy: 'root' };
  const [seeded, failing] = [
    happened(campaignSeeded({ ...campaign, templateVersion: 1, counts, durationMs: 5 })),
    jobFails('untranslated'),
  ];

  const wrong = await root('PUT', '/preferences', { locale: 'no language' });
  const set = await root('PUT', '/preferences', { locale: 'de-at' });
  await world.tell(seeded, failing);
  const [inGerman, inEnglish] = [await entryOf(seeded.id), await entryOf(failing.id)];
  const preview = (await root('GET', '/templates/campaign.seeded?locale=de-AT')).body;

  expect([wrong.status, wrong.body.errors[0]?.path, set.body['locale']]).toEqual([422, 'body.locale', 'de-AT']);
  expect(inGerman).toMatchObject({ title: 'Harbour ist bereit', locale: 'de' });
  expect(inEnglish).toMatchObject({ title: 'mesh.generate of mesh is failing', locale: 'en' });
  expect(preview).toMatchObject({ locale: 'de', locales: ['en', 'de'], title: 'Neon Harbour ist bereit' });
  expect(preview['mail']).toMatchObject({ html: expect.stringMatching(/<html lang="de">.*>Ansehen<\/a>/s) });
});
