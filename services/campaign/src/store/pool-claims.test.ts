import { v7 } from 'uuid';
import type { Campaign } from '../domain/campaign.ts';
import { poolClaimsIn } from './pool-claims.ts';
import { fillPool } from './pool-for-tests.ts';
import { storeForTests, type TestStore } from './store-for-tests.ts';

let given: TestStore;
const wish = (sub: string, token = v7()) => ({ token, sub, name: `Of ${sub}`, description: '' });
const idsOf = (campaigns: readonly (Campaign | null)[]) => campaigns.flatMap((campaign) => campaign?._id ?? []);

beforeEach(async () => {
  given = await storeForTests({ profile: 'tiny' });
});

test('three processes that claim at once give each member to one person, and all of them', async () => {
  const { store } = given;
  await fillPool(given, 10);
  const processes = [1, 2, 3].map(() => poolClaimsIn(store.members, store.templates));
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
  const again = await poolClaimsIn(store.members, store.templates).claim(wish('ann', token));
  expect(again).toEqual(first);
});

test('a request that went the cold way before does not get a member on top', async () => {
  const { store } = given;
  await fillPool(given, 1);
  const token = v7();
  await store.campaigns.create({ _id: token, name: 'Cold', description: '', ownerId: 'ann', seedJobId: null });
  expect(await store.claims.claim(wish('ann', token))).toMatchObject({ _id: token, name: 'Cold' });
  expect(await store.members.counted('master')).toHaveLength(1);
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
  expect(commands).toEqual(['campaigns']);
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
