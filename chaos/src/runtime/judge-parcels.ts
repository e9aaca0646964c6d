import { until } from '@millrace/testkit';
import type { Finding } from '../scenario.ts';
import { completed, type Lab } from './lab.ts';

/** What the ends of all jobs come to: the numbers that must be nought. */
type Toll = {
  readonly withoutEffect: number;
  readonly recordsTooMany: number;
  readonly endedAgain: number;
  readonly untold: number;
  readonly toldTwice: number;
};

/** What every scenario of the lab asks at its end: each command with its effect, its end and its announcement, once; books that balance; no message anywhere. */
export async function judgeParcels(lab: Lab, ids: readonly string[], withinMs: number): Promise<Finding> {
  const { world, api } = lab;
  const isInTime = await comesTrue(async () => (await completed(lab)) >= ids.length, withinMs);
  await comesTrue(
    async () => (await world.collections.jobs.countDocuments({ 'announce.pending': true })) === 0,
    20_000,
  );
  const records = await world.collections.jobs.find().toArray();
  const runs = await world.database.collection('effects').countDocuments({ what: 'started' });
  const toll = await tollOf(lab, ids);
  const [book] = await api.ledger();
  const isEmptied = await world.untilEmpty().then(
    () => true,
    () => false,
  );
  const counts = {
    lost: toll.withoutEffect + toll.untold,
    doubled: toll.recordsTooMany + toll.endedAgain + toll.toldTwice,
    imbalance: Math.abs(book?.imbalance ?? Number.NaN),
  };
  return {
    counts,
    figures: {
      commands: ids.length,
      'commands without effect': toll.withoutEffect,
      'records too many': toll.recordsTooMany,
      'ended more than once': toll.endedAgain,
      'ends untold': toll.untold,
      'ends told as two': toll.toldTwice,
      'runs begun again': runs - ids.length,
      'attempts spent': records.reduce((sum, { attempt }) => sum + attempt - 1, 0),
      imbalance: counts.imbalance,
    },
    faults: [
      ...(isInTime ? [] : [`not done within ${withinMs / 1_000} s: ${ids.length - (await completed(lab))} parcels`]),
      ...faultsOf(toll),
      ...(counts.imbalance === 0 ? [] : [`the ledger does not balance: ${JSON.stringify(book)}`]),
      ...(isEmptied ? [] : ['messages are left in the queues']),
    ],
  };
}

async function tollOf({ world }: Lab, ids: readonly string[]): Promise<Toll> {
  const effects = await world.database.collection<{ _id: string }>('keyed_effects').find().toArray();
  const records = await world.collections.jobs.find().toArray();
  const byWorkers = await world.database.collection('announced').find().toArray();
  // The same announcement may be repeated under its id, whoever hears it knows it by that.
  const told = new Set([...world.announced.map(({ id }) => id), ...byWorkers.map((event) => String(event['id']))]);
  const perJob = Map.groupBy(told, (eventId) => eventId.split(':')[0] ?? '');
  return {
    withoutEffect: ids.length - new Set(effects.map(({ _id }) => _id)).size,
    recordsTooMany: records.length - ids.length,
    endedAgain: records.reduce((sum, { ends }) => sum + Math.max(0, ends - 1), 0),
    untold: ids.filter((id) => !perJob.has(id)).length,
    toldTwice: [...perJob.values()].reduce((sum, events) => sum + events.length - 1, 0),
  };
}

const faultsOf = (toll: Toll): string[] =>
  [
    [toll.withoutEffect, 'commands have no effect'],
    [toll.recordsTooMany, 'records are too many'],
    [toll.endedAgain, 'ends came after the first'],
    [toll.untold, 'ends were never told'],
    [toll.toldTwice, 'ends were told under two ids'],
  ].flatMap(([count, what]) => (count === 0 ? [] : [`${count} ${what}`]));

const comesTrue = (isSo: () => Promise<boolean>, withinMs: number): Promise<boolean> =>
  until(isSo, { withinMs, everyMs: 200 }).then(
    () => true,
    () => false,
  );
