import { join } from 'node:path';
import { type RunningComponent, startComponent } from '@millrace/stack';
import { until } from '@millrace/testkit';
import type { Jobs } from '../../../packages/jobs/src/runtime/jobs.ts';
import { jobsWorld, type World } from '../../../packages/jobs/src/under-test/jobs-under-test.ts';
import { effectsIn } from '../../../packages/jobs/src/under-test/worker-under-test.ts';
import type { Finding, ScenarioRun } from '../scenario.ts';
import { parcelJobs } from './parcel-worker.ts';

/** The job runtime alone, with a broker and a database of its own to be killed and wiped. */
export type Lab = {
  readonly rabbitmq: RunningComponent;
  readonly mongodb: RunningComponent;
  readonly world: World;
  /** Commands and shows, and performs nothing. */
  readonly api: Jobs;
  /** So many processes that perform, each started again when it dies. */
  workers(count: number): readonly ReturnType<World['worker']>[];
};

const program = new URL('parcel-worker.ts', import.meta.url).pathname;

/** Everything is ended afterwards, whatever happens. */
export async function withLab({ directory }: ScenarioRun, work: (lab: Lab) => Promise<Finding>): Promise<Finding> {
  const [rabbitmq, mongodb] = await Promise.all([
    startComponent('rabbitmq', { directory: join(directory, 'components') }),
    startComponent('mongodb', { directory: join(directory, 'components') }),
  ]);
  const world = await jobsWorld({ amqpUrl: rabbitmq.url, mongodbUri: mongodb.url });
  try {
    const api = await world.start(parcelJobs('api', effectsIn(world.database)), { role: 'api' });
    const workers = (count: number) =>
      Array.from({ length: count }, () => world.worker({ isKeptAlive: true, concurrency: 10, program }));
    return await work({ rabbitmq, mongodb, world, api, workers });
  } finally {
    await world.end();
    await Promise.all([rabbitmq.stop(), mongodb.stop()]);
  }
}

/** Commands parcels under the given ids, twenty at a time; again and again while the database is away. */
export async function commandParcels(
  { api }: Pick<Lab, 'api'>,
  ids: readonly string[],
  wish: (index: number) => { runMs: number; delayMs?: number; layDownMs?: number },
): Promise<void> {
  const waiting = ids.entries();
  const oneAfterTheOther = async () => {
    for (const [index, id] of waiting) {
      const { delayMs, ...payload } = wish(index);
      const runAt = delayMs === undefined ? {} : { runAt: new Date(Date.now() + delayMs) };
      await until(() => api.enqueue({ name: 'order.parcel' }, payload, { id, ...runAt }), {
        withinMs: 90_000,
        everyMs: 200,
      });
    }
  };
  await Promise.all(Array.from({ length: 20 }, oneAfterTheOther));
}

export const completed = async ({ world }: Pick<Lab, 'world'>): Promise<number> =>
  world.collections.jobs.countDocuments({ state: 'completed' });
