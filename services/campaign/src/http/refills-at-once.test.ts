import { until } from '@millrace/testkit';
import { serviceForTests, type TestService } from '../service-for-tests.ts';

const target = 15;
const rounds = 6;

type Pool = { counts: Record<string, number> };

let service: TestService;
let admin: Awaited<ReturnType<TestService['as']>>;

beforeAll(async () => {
  service = await serviceForTests({ POOL_TARGET: String(target) });
  admin = await service.as('root', 'admin');
}, 60_000);

test('refills for every reason at once fill a pool up to its target and no further, while outdated members go', async () => {
  for (let round = 0; round < rounds; round++) {
    await until(async () => (await count('ready')) >= target && (await live()) === 0, { withinMs: 30_000 });
    expect(await count('ready')).toBe(target);

    await admin('POST', '/pools/master/pause');
    const { body: draft } = await admin<{ id: string }>('POST', '/templates', { body: { profile: 'tiny' } });
    await admin('POST', `/templates/${draft.id}/publish`);
    await until(async () => (await count('stale')) === target, { message: 'all members are outdated' });
    await admin('POST', '/pools/master/resume');
    await Promise.all(['schedule', 'claim', 'wish'].map(refill));
    await until(async () => (await count('stale')) === 0, { withinMs: 30_000, message: 'all members are replaced' });
  }
}, 180_000);

const count = async (status: string) => (await admin<Pool>('GET', '/pools/master')).body.counts[status] ?? 0;

async function refill(occasion: string): Promise<void> {
  const payload = { type: 'master', occasion };
  expect((await admin('POST', '/jobs', { body: { name: 'pool.replenish', payload } })).status).toBe(202);
}

/** Refills and seedings that have not ended. */
const live = (): Promise<number> =>
  service.database.collection('jobs').countDocuments({
    name: { $in: ['pool.replenish', 'campaign.seed'] },
    state: { $nin: ['completed', 'failed', 'discarded', 'cancelled'] },
  });
