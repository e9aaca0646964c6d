import { PgBoss } from 'pg-boss';
import type { Contestant, Place } from './contestant.ts';

/** Told of new jobs by NOTIFY, a batch of as many as may be in flight at once, the next one at once while batches are full. */
export const pgBoss: Contestant = {
  name: 'pg-boss, PostgreSQL',
  promises: 'an accepted job survives the machine; records are kept in the database',
  async produce(place) {
    const boss = await started(place);
    await boss.createQueue('bench', { notify: true });
    return (index) => boss.send('bench', { index });
  },
  async work(place, { inFlight, perform }) {
    const boss = await started(place);
    const all = async (jobs: { data: { index: number } }[]) =>
      void (await Promise.all(jobs.map(({ data }) => perform(data.index))));
    await boss.work<{ index: number }>('bench', { batchSize: inFlight, burstWhenBatchFull: true }, all);
  },
};

async function started({ postgresUrl, name }: Place): Promise<PgBoss> {
  const boss = new PgBoss({ connectionString: postgresUrl, schema: name, useListenNotify: true });
  boss.on('error', () => undefined);
  await boss.start();
  return boss;
}
