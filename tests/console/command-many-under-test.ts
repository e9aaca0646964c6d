import { randomUUID } from 'node:crypto';
import type { BrowsedCluster } from './browsed-cluster-under-test.ts';

/** The most that one request may command. */
const atOnce = 1_000;
const hands = 4;

/** Commands so many jobs with a tag of their own, for a time that does not come. @param count a multiple of 1,000. */
export async function commandMany(cluster: BrowsedCluster, tag: string, count: number): Promise<void> {
  let left = count / atOnce;
  const work = async () => {
    while (left > 0) {
      left--;
      await cluster.ask(
        'POST',
        '/api/campaign/jobs',
        Array.from({ length: atOnce }, () => commandOf(tag)),
      );
    }
  };
  await Promise.all(Array.from({ length: hands }, work));
}

const commandOf = (tag: string) => ({
  name: 'asset.purge',
  payload: { assetIds: [randomUUID()] },
  tags: [tag],
  runAt: '2100-01-01T00:00:00.000Z',
});
