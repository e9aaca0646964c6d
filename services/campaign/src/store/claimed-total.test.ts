import { campaignModel } from './campaigns.ts';
import { claimedTotal } from './claimed-total.ts';
import { fillPool } from './pool-for-tests.ts';
import { storeForTests } from './store-for-tests.ts';

const minuteMs = 60_000;

test('what was claimed long ago is counted once, and what is claimed meanwhile at once', async () => {
  const given = await storeForTests({ profile: 'tiny' });
  const { store, database } = given;
  const campaigns = campaignModel(database).collection;
  await store.pools.ensure();
  await fillPool(given, 4);
  const claim = (token: string) =>
    store.claims.claim({ token, isRepeatable: false, sub: 'ann', name: 'Hers', description: '' });
  const now = new Date();
  const total = async (inMinutes = 0) =>
    claimedTotal(store, await store.pools.find('master'), new Date(now.getTime() + inMinutes * minuteMs));

  await claim('1');
  await claim('2');
  const longAgo = new Date(now.getTime() - 60 * minuteMs);
  await campaigns.updateMany({ poolStatus: 'claimed' }, { $set: { activatedAt: longAgo } });
  await claim('3');
  const first = await total();
  // Nobody looks at the old ones again.
  await campaigns.deleteMany({ activatedAt: longAgo });
  const again = await total();
  await claim('4');

  expect([first, again, await total(), await total(30), await total(60)]).toEqual([3, 3, 4, 4, 4]);
  expect((await store.pools.find('master')).claimed).toMatchObject({ count: 4 });
  expect((await store.pools.find('user')).claimed).toBeUndefined();
});
