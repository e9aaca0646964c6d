import { worldForTests } from '../world-for-tests.ts';

type Shown = {
  contacts: Record<string, string | null>;
  channels: Record<string, Record<string, boolean>>;
  locale: string;
  digest: string;
  webhookSecret: string;
};

let world: Awaited<ReturnType<typeof worldForTests>>;
beforeAll(async () => {
  world = await worldForTests();
});

const shownTo = async ({ ask }: Awaited<ReturnType<typeof world.person>>) =>
  (await ask('GET', '/preferences')).body as unknown as Shown;

test('of those who change different things at the same moment, nobody undoes what another has changed', async () => {
  const topics = ['campaign', 'mesh', 'music', 'project', 'operations'];
  const ways = ['email', 'slack', 'webhook', 'push'];
  const ann = await world.person({});
  const switches = topics.flatMap((topic) => ways.map((way) => ({ channels: { [topic]: { [way]: false } } })));
  const contacts = [{ contacts: { email: 'ann@home.example' } }, { contacts: { slack: 'https://slack.example/ann' } }];
  const changes = [...switches, ...contacts, { locale: 'de' }, { digest: 'daily' }];

  const answers = await Promise.all(changes.map((change) => ann.ask('PUT', '/preferences', change)));

  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  const shown = await shownTo(ann);
  expect(shown).toMatchObject({
    contacts: { email: 'ann@home.example', slack: 'https://slack.example/ann', webhook: null },
    locale: 'de',
    digest: 'daily',
  });
  const off = { email: false, slack: false, webhook: false, push: false, inbox: true };
  for (const topic of topics) expect([topic, shown.channels[topic]]).toEqual([topic, off]);
  expect(shown.channels['failures']).toEqual({ email: true, slack: true, webhook: true, push: true, inbox: true });
});

test('secrets that are asked for at the same moment come one after the other, and the newest is shown', async () => {
  const ann = await world.person({});

  await Promise.all(Array.from({ length: 5 }, () => ann.ask('POST', '/preferences/rotate-secret')));

  const row = await world.rows.collection<{ _id: string; secrets: { secret: string }[] }>('people').findOne({
    _id: ann.sub,
  });
  const secrets = row?.secrets.map(({ secret }) => secret) ?? [];
  expect(secrets).toHaveLength(6);
  expect((await shownTo(ann)).webhookSecret).toBe(secrets[0]);
  expect(new Set(secrets).size).toBe(6);
});
