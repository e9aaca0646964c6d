import { v7 } from 'uuid';
import type { Campaign } from '../domain/campaign.ts';
import { poolClaimsIn } from './pool-claims.ts';
import { fillPool } from './pool-for-tests.ts';
import type { PoolMembers } from './pool-members.ts';
import { storeForTests, type TestStore } from './store-for-tests.ts';

let given: TestStore;
const wish = (sub: string, token = v7()) => ({
  token,
  isRepeatable: true,
  sub,
  name: `Of ${sub}`,
  description: '',
});
const idsOf = (campaigns: readonly (Campaign | null)[]) => campaigns.flatMap((campaign) => campaign?._id ?? []);

beforeEach(async () => {
  given = await storeForTests({ profile: 'tiny' });
  await given.store.pools.ensure();
});

test('three processes that claim at once give each member to one person, and all of them', async () => {
  const { store } = given;
  await fillPool(given, 10);
  const processes = [1, 2, 3].map(() => poolClaimsIn(store));
  const claimed = await Promise.all(
    Array.from({ length: 18 }, async (_, index) => (await processes[index % 3]?.claim(wish(`p${index}`))) ?? null),
  );
  const ids = idsOf(claimed);
  expect(ids).toHaveLength(10);
  expect(new Set(ids).size).toBe(10);
  for (const [index, campaign] of claimed.entries()) if (campaign) expect(campaign.ownerId).toBe(`p${index}`);
});

test('the same request gets the same member, also from another process', async () => {
  const { store } = given;
  await fillPool(given, 2);
  const token = v7();
  const first = await store.claims.claim(wish('ann', token));
  const again = await poolClaimsIn(store).claim(wish('ann', token));
  expect(again).toEqual(first);
});

test('a request that is served twice at the same moment gets one member', async () => {
  const { store } = given;
  await fillPool(given, 2);
  const request = wish('ann');
  const [first, second] = await Promise.all([store.claims.claim(request), store.claims.claim(request)]);
  expect(first?._id).toBeDefined();
  expect(second?._id).toBe(first?._id);
  expect(await ownedBy('ann')).toBe(1);
});

test('who asks before the pools are set up goes cold', async () => {
  const { store } = await storeForTests({ profile: 'tiny' });
  expect(await store.claims.claim(wish('ann'))).toBeNull();
});

test('a request that went cold stays cold, also when a member is ready by the time it comes again', async () => {
  const { store } = given;
  const request = wish('ann');
  expect(await store.claims.claim(request)).toBeNull();
  await fillPool(given, 1);
  expect(await poolClaimsIn(store).claim(request)).toBeNull();
  expect(await store.claims.claim(wish('ann'))).toMatchObject({ ownerId: 'ann' });
});

/** A process that stands still after it has looked, or before it gives, until it is let go. */
function stalling(at: 'ready' | 'give') {
  const { members } = given.store;
  const [reached, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const stall = async () => {
    reached.resolve();
    await goOn.promise;
  };
  const slow: Partial<PoolMembers> = {
    async ready(...asked) {
      const found = await members.ready(...asked);
      await stall();
      return found;
    },
    async give(assignments) {
      await stall();
      return members.give(assignments);
    },
  };
  const claims = poolClaimsIn({ ...given.store, members: { ...members, [at]: slow[at] } });
  return { claims, reached: reached.promise, goOn: goOn.resolve };
}

const ownedBy = (sub: string) => given.database.collection('campaigns').countDocuments({ ownerId: sub });

test.each(['ready', 'give'] as const)(
  'a process that stalls at %s while another serves the same request ends with the same member',
  async (step) => {
    const { store } = given;
    await fillPool(given, 5);
    const slow = stalling(step);
    const request = wish('ann');
    const first = slow.claims.claim(request);
    await slow.reached;
    const second = await store.claims.claim(request);
    slow.goOn();
    expect((await first)?._id).toBe(second?._id);
    expect(await ownedBy('ann')).toBe(1);
  },
);

test('a process that found nothing, and stalls while the pool fills and another serves the request, does not go cold', async () => {
  const { store } = given;
  const slow = stalling('ready');
  const request = wish('ann');
  const first = slow.claims.claim(request);
  await slow.reached;
  await fillPool(given, 1);
  const second = await store.claims.claim(request);
  slow.goOn();
  expect(second?.ownerId).toBe('ann');
  expect((await first)?._id).toBe(second?._id);
});

test('what a stalled process had chosen is not given once a new template made its request choose again', async () => {
  const { store, database } = given;
  const [old] = await fillPool(given, 1);
  const slow = stalling('give');
  const request = wish('ann');
  const first = slow.claims.claim(request);
  await slow.reached;
  const draft = await store.templates.create({ name: 'Next', profile: 'tiny' });
  await store.templates.publish(draft._id);
  await fillPool(given, 2);
  const second = await store.claims.claim(request);
  slow.goOn();
  expect(second?.templateVersion).toBe(draft.version);
  expect((await first)?._id).toBe(second?._id);
  expect(await ownedBy('ann')).toBe(1);
  expect(await database.collection<Campaign>('campaigns').findOne({ _id: String(old?.campaignId) })).toMatchObject({
    poolStatus: 'stale',
  });
});

test('a half-seeded member, one of another template and an expired one are not given away', async () => {
  const { store, database } = given;
  await fillPool(given, 1, { isSeeded: false });
  expect(await store.claims.claim(wish('ann'))).toBeNull();
  const [old] = await fillPool(given, 2);
  await database
    .collection<Campaign>('campaigns')
    .updateOne({ _id: String(old?.campaignId) }, { $set: { templateHash: 'older' } });
  expect(await store.claims.claim(wish('ann'))).toBeNull();
});

test("a person's own pool comes first, then everybody's; nobody gets another person's", async () => {
  const { store } = given;
  await store.pools.setPolicy('user', { target: 1 });
  await fillPool(given, 1);
  const [own] = await fillPool(given, 1, { type: 'user', sub: 'ann' });
  expect(await store.claims.claim(wish('bob'))).toMatchObject({ poolType: 'master' });
  expect(await store.claims.claim(wish('bob'))).toBeNull();
  expect(await store.claims.claim(wish('ann'))).toMatchObject({ _id: own?.campaignId, poolType: 'user' });
});

test('a claim stores its event in the campaign, and writes none of its rows', async () => {
  const { store, database } = given;
  await fillPool(given, 1);
  const commands: string[] = [];
  database.getClient().on('commandStarted', ({ commandName, command }) => {
    if (['update', 'insert', 'delete', 'findAndModify'].includes(commandName))
      commands.push(String(command[commandName]));
  });
  const claimed = await store.claims.claim(wish('ann'));
  expect(commands).toEqual(['creations', 'campaigns']);
  expect(claimed).toMatchObject({
    outbox: [
      {
        id: `${claimed?._id}:${claimed?.revision}`,
        type: 'campaign.assigned',
        data: { ownerId: 'ann', name: 'Of ann', poolType: 'master', counts: { schticks: 20 } },
      },
    ],
    outboxAt: claimed?.activatedAt,
  });
});
