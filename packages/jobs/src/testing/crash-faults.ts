import { isDeepStrictEqual } from 'node:util';
import type { Connection } from 'mongoose';
import type { JobRecord, StoredEvent } from '../record/record.ts';
import { isTerminal } from '../record/record.ts';
import type { Jobs } from '../runtime/jobs.ts';
import { type CrashWorld, eventually } from './crash-world.ts';
import type { SceneCommand } from './scene.ts';

type Aftermath = {
  world: CrashWorld;
  jobs: Jobs;
  queues: readonly string[];
  commands: readonly SceneCommand[];
  effects(database: Connection): Promise<unknown>;
  expected: unknown;
};

const EMPTY_WITHIN_MS = 10_000;

/** By what one can see that a process has died. */
export async function faultsOf(after: Aftermath): Promise<{ imbalance: number; faults: string[] }> {
  const { world, jobs } = after;
  const records = await world.database.collection<JobRecord>('jobs').find({}).toArray();
  const imbalance = (await jobs.ledger()).reduce((sum, row) => sum + row.imbalance, 0);
  const found = [
    await effectsFault(after),
    imbalance === 0 ? undefined : `the ledger's imbalance is ${imbalance}`,
    ...after.commands.map(({ id }) => (records.some(({ _id }) => _id === id) ? undefined : `job ${id} is lost`)),
    ...(await announcementFaults(world.database, records)),
    ...(await keyFaults(world.database, records)),
    await messagesFault(after),
  ];
  return { imbalance, faults: found.filter((fault) => fault !== undefined) };
}

async function effectsFault({ effects, world, expected }: Aftermath): Promise<string | undefined> {
  const seen = await effects(world.database);
  return isDeepStrictEqual(seen, expected)
    ? undefined
    : `effects are ${JSON.stringify(seen)} instead of ${JSON.stringify(expected)}`;
}

/** Each event of each end is told, under its stored id, and nothing else is. */
async function announcementFaults(database: Connection, records: readonly JobRecord[]): Promise<string[]> {
  const told = await database.collection<StoredEvent>('announced').find({}).toArray();
  const toldIds = new Set(told.map(({ id }) => id));
  const untold = records.flatMap(({ events }) => events).filter(({ id }) => !toldIds.has(id));
  const texts = new Map<string, string>();
  const faults = untold.map(({ id }) => `event ${id} was not told`);
  for (const { id, type, data } of told) {
    const text = JSON.stringify({ type, data });
    if ((texts.get(id) ?? text) !== text) faults.push(`event ${id} was told in two ways`);
    texts.set(id, text);
  }
  return faults;
}

/** Whoever holds a unique key has ended, so that the next one may take it. */
async function keyFaults(database: Connection, records: readonly JobRecord[]): Promise<string[]> {
  const held = await database.collection<{ _id: string; jobId: string }>('job_keys').find({}).toArray();
  const ended = new Set(records.filter(({ state }) => isTerminal(state)).map(({ _id }) => _id));
  return held.filter(({ jobId }) => !ended.has(jobId)).map(({ _id, jobId }) => `key ${_id} is held by job ${jobId}`);
}

async function messagesFault({ world, queues }: Aftermath): Promise<string | undefined> {
  try {
    await eventually('no message is left', async () => (await world.messages(queues)) === 0, EMPTY_WITHIN_MS);
    return undefined;
  } catch {
    return `${await world.messages(queues)} messages are left at the broker`;
  }
}
