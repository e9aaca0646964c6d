import { privateComponent, until } from '@millrace/testkit';
import { done } from '../define/outcome.ts';
import { gate, jobsWorld } from '../under-test/jobs-under-test.ts';
import { testJob } from '../under-test/test-job.ts';

type Fault = { what: string; strike(mongodb: Awaited<ReturnType<typeof privateComponent>>): Promise<void> };

/** Leases are a second long: an outage of three would look like the death of every worker. */
const OUTAGE_MS = 3_000;
// waits: the outage itself has to last
const pause = () => new Promise((resolve) => setTimeout(resolve, OUTAGE_MS));

test.each<Fault>([
  {
    what: 'stands still',
    strike: async (mongodb) => {
      await mongodb.kill('SIGSTOP');
      await pause();
      await mongodb.kill('SIGCONT');
    },
  },
  {
    what: 'is killed',
    strike: async (mongodb) => {
      await mongodb.kill('SIGKILL');
      await pause();
      await mongodb.start();
    },
  },
])('a database that $what for three leases counts no crash and loses nothing', async ({ strike }) => {
  const mongodb = await privateComponent('mongodb');
  const world = await jobsWorld({ mongodbUri: mongodb.url });
  const hold = gate();
  const effects: string[] = [];
  const jobs = await world.start(
    [
      testJob('order.ship', async ({ jobId, payload }) => {
        if (payload['isSlow']) await hold.promise;
        effects.push(jobId);
        return done({ events: [{ type: 'order.shipped', version: 1, data: {} }] });
      }),
    ],
    { concurrency: 10 },
  );
  try {
    const slow = await Promise.all(
      Array.from({ length: 5 }, async () => (await jobs.enqueue({ name: 'order.ship' }, { isSlow: true })).job.id),
    );
    await until(async () => (await jobs.counts()).executing === 5);
    const later = await Promise.all(
      Array.from(
        { length: 20 },
        async () => (await jobs.enqueue({ name: 'order.ship' }, {}, { runAt: new Date(Date.now() + 1_500) })).job.id,
      ),
    );

    const striking = strike(mongodb);
    // Some finish while nobody can write it down.
    hold.resolve();
    await striking;
    const ended = await until(
      async () => {
        const all = await Promise.all([...slow, ...later].map((id) => jobs.find(id)));
        return all.every(({ state }) => state === 'completed') && all;
      },
      { withinMs: 30_000, everyMs: 100 },
    );
    await until(async () => (await world.collections.jobs.countDocuments({ 'announce.pending': true })) === 0, {
      withinMs: 10_000,
    });

    expect(ended.map(({ attempt, crashes }) => ({ attempt, crashes }))).toEqual(
      ended.map(() => ({ attempt: 1, crashes: 0 })),
    );
    expect(effects.toSorted()).toEqual([...slow, ...later].toSorted());
    expect(new Set(world.announced.map(({ id }) => id)).size).toBe(25);
    expect(await jobs.ledger()).toEqual([
      expect.objectContaining({ accepted: 25, succeeded: 25, live: 0, imbalance: 0 }),
    ]);
    await world.untilEmpty();
  } finally {
    await world.end();
  }
});
