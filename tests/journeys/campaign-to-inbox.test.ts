import { randomUUID } from 'node:crypto';
import { until } from '@millrace/testkit';
import { BothServices, type Campaign, type Job, type Person } from '../both-services.ts';
import { expectBalanced } from './balanced.ts';

const full = { schticks: 643, weapons: 86, characters: 40, factions: 12, junctures: 7 };

const rootName = `root-${randomUUID()}`;

let both: BothServices;
let ada: Person;
let bob: Person;

beforeAll(async () => {
  both = await BothServices.start({
    ALERT_RECIPIENTS: rootName,
    DEAD_LETTER_WATCH_MS: '250',
    ALERT_REMINDER_MS: '1000',
  });
  [ada, bob] = [await both.person(), await both.person()];
});

afterEach(() => expectBalanced(both));

type Asked = { readonly campaign: Campaign; readonly job: Job };

const create = async (who: Person, name: string): Promise<Asked> =>
  (await who.post('/campaigns', { body: { name } })).body;

const ended = async (who: Person, { id }: Job): Promise<Job> => (await who.get(`/jobs/${id}?wait=30`)).body;

async function createReady(who: Person, name: string): Promise<Asked> {
  const asked = await create(who, name);
  expect((await ended(who, asked.job)).state).toBe('completed');
  return asked;
}

const inboxOf = async (who: Person) => (await who.notifications.get('/notifications?state=all')).body.items;

const unreadOf = async (who: Person) => (await who.notifications.get('/notifications/unread-count')).body.count;

/** The campaigns that somebody was told of, once there are as many notifications as expected. */
async function toldOf(who: Person, count: number): Promise<string[]> {
  await until(async () => (await inboxOf(who)).length >= count, { withinMs: 20_000, message: `${count} told` });
  return (await inboxOf(who)).map(({ title }) => title);
}

/** Rows of every kind, in the database, whether readers see them or not. */
async function rowsOf({ id }: Campaign): Promise<Record<string, number>> {
  const entries = Object.keys(full).map(async (kind) => {
    const rows = both.database('campaign').collection(kind);
    return [kind, await rows.countDocuments({ campaignId: id })] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

test('a created campaign becomes ready with everything in it, and its owner is told once', async () => {
  const grace = await both.person();
  const answer = await grace.post('/campaigns', { body: { name: 'Harbour of Lanterns' } });
  const { campaign, job, source } = answer.body;
  await ended(grace, job);

  const shown = (await grace.get(`/campaigns/${campaign.id}`)).body;
  expect([answer.status, source, answer.headers.get('location')]).toEqual([201, 'cold', `/campaigns/${campaign.id}`]);
  expect(shown).toMatchObject({ status: 'ready', counts: full, templateVersion: 1, ownerId: grace.sub });
  expect(await rowsOf(campaign)).toEqual(full);
  expect(await toldOf(grace, 1)).toEqual(['Harbour of Lanterns is ready']);
});

test('every page of schticks together is every schtick once', async () => {
  const { campaign } = await createReady(ada, 'Paged');
  const ids: string[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const query = `limit=100${cursor && `&cursor=${encodeURIComponent(cursor)}`}`;
    const { body } = await ada.get(`/campaigns/${campaign.id}/schticks?${query}`);
    ids.push(...body.items.map(({ id }) => id));
    cursor = body.nextCursor;
  }

  expect([ids.length, new Set(ids).size]).toEqual([643, 643]);
});

test('seeding asked for again, while it runs and when it has ended, is the same job and one copy, told once', async () => {
  const grace = await both.person();
  const { campaign, job } = await create(grace, 'Asked for often');
  const seed = async () => (await grace.post(`/campaigns/${campaign.id}/seed`)).body.job.id;

  const atOnce = await Promise.all([seed(), seed(), seed()]);
  await ended(grace, job);
  const afterwards = [await seed(), await seed()];

  expect(new Set([...atOnce, ...afterwards])).toEqual(new Set([job.id]));
  expect(await rowsOf(campaign)).toEqual(full);
  // What would be told a second time comes before what is asked for later.
  await createReady(grace, 'Afterwards');
  expect(await toldOf(grace, 2)).toEqual(['Afterwards is ready', 'Asked for often is ready']);
});

test('members see their own campaigns, jobs and notifications, and nobody else’s', async () => {
  const [eve, mallory] = [await both.person(), await both.person()];
  const { campaign, job } = await createReady(eve, 'Private');
  const [schtick] = (await eve.get(`/campaigns/${campaign.id}/schticks?limit=1`)).body.items;
  await toldOf(eve, 1);
  const [entry] = await inboxOf(eve);

  const own = `/campaigns/${campaign.id}`;
  const reads = [own, `${own}/schticks`, `${own}/schticks/${schtick?.id}`, `/jobs/${job.id}`];
  const writes = [mallory.post(`${own}/seed`), mallory.delete(`${own}/schticks/${schtick?.id}`)];
  const strange = [...(await Promise.all(reads.map((path) => mallory.get(path)))), ...(await Promise.all(writes))];
  const marked = await mallory.notifications.post(`/notifications/${entry?.id}/read`);

  expect([...strange, marked].map(({ status }) => status)).toEqual([404, 404, 404, 404, 404, 404, 404]);
  expect((await mallory.get('/campaigns')).body.items).toEqual([]);
  expect((await mallory.get('/jobs')).body.items).toEqual([]);
  expect(await inboxOf(mallory)).toEqual([]);
  expect((await Promise.all(reads.map((path) => eve.get(path)))).map(({ status }) => status)).toEqual([
    200, 200, 200, 200,
  ]);
  expect(await unreadOf(eve)).toBe(1);
});

test('a viewer sees everybody’s campaigns and changes none', async () => {
  const viewer = await both.person('viewer');
  const { campaign } = await createReady(bob, 'Looked at');

  const looked = await viewer.get(`/campaigns/${campaign.id}`);
  const refused = await Promise.all([
    viewer.post('/campaigns', { body: { name: 'No' } }),
    viewer.post(`/campaigns/${campaign.id}/seed`),
  ]);

  expect(looked.body).toMatchObject({ id: campaign.id, ownerId: bob.sub });
  expect(refused.map(({ status, body }) => [status, body.code])).toEqual([
    [403, 'forbidden'],
    [403, 'forbidden'],
  ]);
});

test('notifications are counted until they are read, one by one or all at once', async () => {
  const grace = await both.person();
  for (const name of ['One', 'Two', 'Three']) await createReady(grace, name);
  await toldOf(grace, 3);
  const counts = [await unreadOf(grace)];

  const [newest] = await inboxOf(grace);
  const read = () => grace.notifications.post(`/notifications/${newest?.id}/read`);
  const first = (await read()).body.readAt;
  const second = (await read()).body.readAt;
  counts.push(await unreadOf(grace));
  const all = (await grace.notifications.post('/notifications/read-all')).body.count;
  counts.push(await unreadOf(grace));

  expect(newest?.title).toBe('Three is ready');
  expect(counts).toEqual([3, 2, 0]);
  expect([second, all]).toEqual([first, 2]);
});

test('creating twice with one Idempotency-Key is one campaign, told once', async () => {
  const grace = await both.person();
  const asking = { body: { name: 'Only one' }, key: randomUUID() };

  const answers = [await grace.post('/campaigns', asking), await grace.post('/campaigns', asking)];
  const others = await grace.post('/campaigns', { ...asking, body: { name: 'Another' } });
  await ended(grace, (answers[0] as (typeof answers)[0]).body.job);

  expect(answers.map(({ status }) => status)).toEqual([201, 201]);
  expect(answers[1]?.body).toEqual(answers[0]?.body);
  expect([others.status, others.body.code]).toEqual([422, 'idempotency-key-reused']);
  expect((await grace.get('/campaigns')).body.items).toHaveLength(1);
  expect(await toldOf(grace, 1)).toEqual(['Only one is ready']);
});

test('what fails for good by one cause is told to the admins once, and over when all of it is dealt with', async () => {
  const root = await both.person('admin', rootName);
  const fail = async () => {
    const body = { name: 'campaign.seed', payload: { campaignId: randomUUID(), requestedBy: null } };
    return ended(root, (await root.post('/jobs', { body })).body.job);
  };
  const alerts = async () => (await root.notifications.get('/alerts')).body.items;

  const first = await fail();
  await toldOf(root, 1);
  const dead = [first, await fail(), await fail()];
  for (const { id } of dead) await root.post(`/dead-letters/${id}/resolve`, { body: { note: 'there is no such one' } });
  await until(async () => (await alerts())[0]?.state === 'resolved', {
    withinMs: 20_000,
    message: 'the alert is over',
  });

  expect(await toldOf(root, 2)).toEqual([
    'The dead letters of campaign.seed in campaign are dealt with',
    'campaign.seed of campaign has failed for good',
  ]);
  const link = `/dead-letters/campaign/${first.fingerprint}`;
  expect((await inboxOf(root)).map((entry) => entry.link)).toEqual([link, link]);
  expect(await alerts()).toMatchObject([{ state: 'resolved', link, occurrences: 1 }]);
});
