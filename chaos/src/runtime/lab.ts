import { join } from 'node:path';
import { type RunningComponent, startComponent } from '@millrace/stack';
import { until } from '@millrace/testkit';
import type { Jobs } from '../../../packages/jobs/src/runtime/jobs.ts';
import { jobsWorld, type World } from '../../../packages/jobs/src/under-test/jobs-under-test.ts';
import { effectsIn } from '../../../packages/jobs/src/under-test/worker-under-test.ts';
import { chaosConfig } from '../config.ts';
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
  // The world asks for all three, and uses two.
  chaosConfig.provide({ ...rabbitmq.env, ...mongodb.env, NATS_URL: 'nats://127.0.0.1:1' });
  const world = await jobsWorld();
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
  wish: (index: number) => { runMs: number; delayMs?: number },
): Promise<void> {
  const waiting = ids.entries();
  const oneAfterTheOther = async () => {
    for (const [index, id] of waiting) {
      const { runMs, delayMs } = wish(index);
      const runAt = delayMs === undefined ? {} : { runAt: new Date(Date.now() + delayMs) };
      await until(() => api.enqueue({ name: 'order.parcel' }, { runMs }, { id, ...runAt }), {
        withinMs: 90_000,
        everyMs: 200,
      });
    }
  };
  await Promise.all(Array.from({ length: 20 }, oneAfterTheOther));
}

export const completed = async ({ world }: Pick<Lab, 'world'>): Promise<number> =>
  world.collections.jobs.countDocuments({ state: 'completed' });

/** What every scenario asks at its end: each command with its effect, once; books that balance; no message anywhere. */
export async function judgeParcels({ world, api }: Lab, ids: readonly string[], withinMs: number): Promise<Finding> {
  const isDone = async () => (await completed({ world })) >= ids.length;
  const isInTime = await until(isDone, { withinMs, everyMs: 200, message: 'all parcels are sent' }).then(
    () => true,
    () => false,
  );
  const effects = await world.database.collection<{ _id: string }>('keyed_effects').find().toArray();
  const runs = await world.database.collection('effects').countDocuments({ what: 'started' });
  const records = await world.collections.jobs.find().toArray();
  const [book] = await api.ledger();
  const told = records.filter(({ events }) => events.length !== 1).length;
  const unemptied = await world.untilEmpty().then(
    () => 0,
    () => 1,
  );
  const figures = {
    commands: ids.length,
    effects: effects.length,
    lost: ids.length - new Set(effects.map(({ _id }) => _id)).size,
    'records too many': records.length - ids.length,
    'runs begun again': runs - ids.length,
    'attempts spent': records.reduce((sum, { attempt }) => sum + attempt - 1, 0),
    imbalance: Math.abs(book?.imbalance ?? Number.NaN),
  };
  return {
    figures,
    faults: [
      ...(isInTime
        ? []
        : [`not done within ${withinMs / 1_000} s: ${ids.length - (await completed({ world }))} parcels`]),
      ...(figures.lost === 0 ? [] : [`${figures.lost} commands have no effect`]),
      ...(figures['records too many'] === 0 ? [] : [`${records.length} records for ${ids.length} commands`]),
      ...(told === 0 ? [] : [`${told} parcels are not told of exactly once`]),
      ...(figures.imbalance === 0 ? [] : [`the ledger does not balance: ${JSON.stringify(book)}`]),
      ...(unemptied === 0 ? [] : ['messages are left in the queues']),
    ],
  };
}
