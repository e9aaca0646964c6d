import { isDeepStrictEqual } from 'node:util';
import type { Collections } from '../record/collections.ts';
import { isDuplicateKey } from '../record/duplicate-key.ts';
import { nextTick } from './cron.ts';
import type { ScheduleDefinition, SchedulePolicy } from './define-schedule.ts';
import type { ScheduleRow } from './schedule-row.ts';

const MAX_RACES = 20;

type Parts = { collections: Pick<Collections, 'schedules'>; timeZone: string };

/**
 * Writes down what the code says. Safe from many replicas at once and any number of times: what a person has changed
 * stays, and what the code says no more is kept and marked as orphaned.
 */
export async function declareSchedules(
  parts: Parts,
  definitions: readonly ScheduleDefinition[],
  now: Date,
): Promise<void> {
  await Promise.all(definitions.map((definition) => declare(parts, definition, now)));
  await parts.collections.schedules.updateMany(
    { _id: { $nin: definitions.map(({ name }) => name) }, orphaned: false },
    { $set: { orphaned: true, updatedAt: now }, $inc: { revision: 1 } },
  );
}

/** Writes down one declaration. */
export async function declare(
  { collections: { schedules }, timeZone }: Parts,
  { name, job, policy }: ScheduleDefinition,
  now: Date,
): Promise<void> {
  const declared = asStored({ ...policy, timeZone: policy.timeZone ?? timeZone });
  for (let tries = 0; tries < MAX_RACES; tries++) {
    const row = await schedules.findOne({ _id: name });
    if (!row) {
      if (await inserted({ schedules }, freshRow(name, job, declared, now))) return;
      continue;
    }
    const changes = changesOf(row, job, declared, now);
    if (!changes) return;
    const { matchedCount } = await schedules.updateOne(
      { _id: name, revision: row.revision },
      { $set: { ...changes, updatedAt: now }, $inc: { revision: 1 } },
    );
    if (matchedCount === 1) return;
  }
  throw new Error(`schedule ${name}: is changed by others faster than it can be declared`);
}

/** The fields that a declaration changes in a row, or undefined when it says what stands there. */
function changesOf(
  row: ScheduleRow,
  job: string,
  declared: SchedulePolicy,
  now: Date,
): Partial<ScheduleRow> | undefined {
  if (!row.orphaned && row.job === job && isDeepStrictEqual(row.declared, declared)) return undefined;
  const kept = Object.fromEntries(row.edited.map((field) => [field, row[field]]));
  const policy = { ...declared, ...kept } as SchedulePolicy;
  return {
    ...policy,
    job,
    declared,
    orphaned: false,
    edited: editedFields(policy, declared),
    // The time without code was no outage: nobody wanted these ticks.
    ...((row.orphaned || !isSameRule(policy, row)) && { nextAt: nextTick(policy, now) }),
  };
}

/** What a person has made different from the code. */
export function editedFields(policy: SchedulePolicy, declared: SchedulePolicy): (keyof SchedulePolicy)[] {
  const fields = Object.keys(declared) as (keyof SchedulePolicy)[];
  return fields.filter((field) => !isDeepStrictEqual(policy[field], declared[field]));
}

export const isSameRule = (one: SchedulePolicy, other: SchedulePolicy): boolean =>
  one.cron === other.cron && one.timeZone === other.timeZone;

function freshRow(name: string, job: string, declared: SchedulePolicy, now: Date): ScheduleRow {
  return {
    _id: name,
    job,
    ...declared,
    paused: false,
    orphaned: false,
    nextAt: nextTick(declared, now),
    pending: [],
    lastAt: null,
    lastJobId: null,
    misfires: 0,
    declared,
    edited: [],
    revision: 1,
    updatedBy: null,
    createdAt: now,
    updatedAt: now,
  };
}

async function inserted({ schedules }: Pick<Collections, 'schedules'>, row: ScheduleRow): Promise<boolean> {
  try {
    await schedules.insertOne(row);
    return true;
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
    return false;
  }
}

/** As the database gives it back, so that it can be compared; in the order of the type's fields. */
function asStored({ cron, timeZone, misfire, payload, lane, graceMs }: SchedulePolicy): SchedulePolicy {
  return JSON.parse(JSON.stringify({ cron, timeZone, misfire, payload, lane, graceMs })) as SchedulePolicy;
}
