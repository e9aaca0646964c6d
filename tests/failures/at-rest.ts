import { until } from '@millrace/testkit';
import { type Cluster, goesOnWithinMs } from './cluster.ts';

type LedgerRow = { name: string; live: number; imbalance: number };

/**
 * Waits until nothing is under way and lets the workers end, so that no message hides in somebody's hands. Then: none waits anywhere at the
 * broker, both ledgers balance, and exactly the given dead letters are open, as `source code`.
 */
export async function expectAtRest(
  cluster: Cluster,
  { deadLetters = [] }: { deadLetters?: readonly string[] } = {},
): Promise<void> {
  await until(async () => (await unfinished(cluster)) === 0, {
    withinMs: goesOnWithinMs,
    message: 'no job of a campaign is live',
  });
  await untilNoMessageWaits(cluster);
  await cluster.stopWorkers();
  await untilNoMessageWaits(cluster);

  for (const service of [cluster.api, cluster.notifications]) {
    const { body } = await cluster.get('/ledger', service);
    expect((body['items'] as LedgerRow[]).filter(({ imbalance }) => imbalance !== 0)).toEqual([]);
  }
  expect(await openDeadLetters(cluster)).toEqual([...deadLetters].sort());
}

async function untilNoMessageWaits({ broker }: Cluster): Promise<void> {
  const isEmpty = async () => Object.keys(await broker.waiting()).length === 0;
  await until(isEmpty, { withinMs: 15_000, everyMs: 200 }).catch(async () =>
    expect(await broker.waiting()).toEqual({}),
  );
}

/** Of both services, one entry for each letter. */
export async function openDeadLetters(cluster: Cluster): Promise<string[]> {
  const found: string[] = [];
  for (const service of [cluster.api, cluster.notifications]) {
    const { body } = await cluster.get('/dead-letters', service);
    for (const { source, code, count } of body['items'])
      found.push(...Array.from({ length: count }, () => `${source} ${code}`));
  }
  return found.sort();
}

async function unfinished(cluster: Cluster): Promise<number> {
  return cluster.rows('jobs').countDocuments({
    name: { $in: ['campaign.seed', 'campaign.abandon-seeding'] },
    $or: [{ state: { $nin: ['completed', 'failed', 'discarded', 'cancelled'] } }, { 'announce.pending': true }],
  });
}
