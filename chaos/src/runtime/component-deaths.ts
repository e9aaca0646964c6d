import { setTimeout as delay } from 'node:timers/promises';
import { until } from '@millrace/testkit';
import type { Finding, Scenario, ScenarioRun } from '../scenario.ts';
import { judgeParcels } from './judge-parcels.ts';
import { commandParcels, completed, type Lab, withLab } from './lab.ts';

const forms = { short: { queued: 600, delayed: 400, late: 400 }, long: { queued: 2_500, delayed: 2_000, late: 2_000 } };
/** In the delay ladder when the component dies, and due from before its return until after. */
const delaysMs = { from: 2_000, to: 12_000 };

type Death = Pick<Scenario, 'name' | 'title' | 'promise'> & {
  /** From the return on until the last job has to have ended; whoever knows no better gives two minutes. */
  readonly doneWithinMs?: number;
  /** Kills it and brings it back. */
  happen(lab: Lab): Promise<void>;
};

/** T3, T4 and T5 of the table: what the runtime stands on dies with jobs queued, running and waiting in the ladder, while more are commanded. */
export const componentDeaths: readonly Scenario[] = [
  scenarioOf({
    name: 'T3',
    title: 'RabbitMQ is killed -9 with jobs queued, running and in the delay ladder',
    promise: 'nothing is lost, and the last job ends soon after the return',
    doneWithinMs: 45_000,
    async happen({ rabbitmq }) {
      await rabbitmq.kill('SIGKILL');
      await delay(3_000);
      await rabbitmq.start();
    },
  }),
  scenarioOf({
    name: 'T4',
    title: 'RabbitMQ is killed -9 and comes back without its data',
    promise: 'all jobs are done: the record decides, the broker is a doorbell',
    async happen({ rabbitmq }) {
      await rabbitmq.kill('SIGKILL');
      await rabbitmq.wipe();
      await rabbitmq.start();
    },
  }),
  scenarioOf({
    name: 'T5',
    title: 'the database is killed -9, and away for twenty seconds',
    promise: 'nothing is lost or doubled',
    async happen({ mongodb }) {
      await mongodb.kill('SIGKILL');
      await delay(20_000);
      await mongodb.start();
    },
  }),
];

function scenarioOf({ happen, doneWithinMs = 120_000, ...told }: Death): Scenario {
  return { ...told, run: (run) => withLab(run, (lab) => dieAmidst(lab, run, { happen, doneWithinMs })) };
}

async function dieAmidst(
  lab: Lab,
  { isLong, say }: ScenarioRun,
  { happen, doneWithinMs }: Required<Pick<Death, 'happen' | 'doneWithinMs'>>,
): Promise<Finding> {
  const { queued, delayed, late } = isLong ? forms.long : forms.short;
  const waiting = Array.from({ length: delayed }, (_, index) => `delayed-${index}`);
  const ready = Array.from({ length: queued }, (_, index) => `queued-${index}`);
  const amidst = Array.from({ length: late }, (_, index) => `late-${index}`);
  const spread = (index: number) => delaysMs.from + ((delaysMs.to - delaysMs.from) * index) / delayed;
  lab.workers(3);
  await until(async () => (await lab.api.workers()).length === 3, { withinMs: 30_000 });
  await commandParcels(lab, waiting, (index) => ({ runMs: 5, delayMs: spread(index) }));
  await commandParcels(lab, ready, (index) => ({ runMs: 50 + (index % 100) }));
  const doneBefore = await completed(lab);
  const commanding = commandParcels(lab, amidst, () => ({ runMs: 20 }));
  await until(async () => (await lab.world.collections.jobs.countDocuments({ _id: /^late-/ })) > 0);
  await happen(lab);
  const backAt = performance.now();
  say(`back; ${doneBefore} jobs were done before`);
  await commanding;
  const found = await judgeParcels(lab, [...waiting, ...ready, ...amidst], doneWithinMs);
  return {
    ...found,
    figures: {
      ...found.figures,
      'done before': doneBefore,
      'seconds from return to the last job': Math.round((performance.now() - backAt) / 1_000),
    },
  };
}
