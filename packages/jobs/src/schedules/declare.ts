import { isDeepStrictEqual } from 'node:util';
import type { Collections } from '../record/collections.ts';
import { isDuplicateKey } from '../record/duplicate-key.ts';
import { nextTick } from './cron.ts';
import type { ScheduleDefinition, SchedulePolicy } from './define-schedule.ts';
import type { ScheduleRow } from './schedule-row.ts';

const MAX_RACES = 20;

type Parts = { collections: Pick<Collections, 'schedules'>; timeZone: string };

/**
 * Says that a process lives whose code declares these as they stand. Where for `leaseMs` none has said so, its own
 * declaration is written down; what it does not declare itself is kept then and marked as orphaned. So while an old
 * version and a new one run side by side neither takes away what the other declares, and what is of the old one goes
 * with its last process.
 * @param found all schedules, as they were read just now. @returns whether any of them has become another since.
 */
export async function keepDeclared(
  parts: Parts,
  definitions: readonly ScheduleDefinition[],
  found: readonly ScheduleRow[],
  now: Date,
  leaseMs: number,
): Promise<boolean> {
  const { schedules } = parts.collections;
  const since = new Date(now.getTime() - leaseMs);
  const names = definitions.map(({ name }) => name);
  const rows = new Map(found.map((row) => [row._id, row]));
  const kept = definitions.filter((definition) => isAsDeclared(rows.get(definition.name), parts, definition));
  if (kept.length > 0)
    await schedules.updateMany({ _id: { $in: kept.map(({ name }) => name) } }, { $max: { declaredAt: now } });
  const left = definitions.filter(
    (definition) => !kept.includes(definition) && !isKept(rows.get(definition.name), since),
  );
  await Promise.all(left.map((definition) => declare(parts, definition, now)));
  const isLeft = (row: ScheduleRow) => !names.includes(row._id) && !row.orphaned && !isKept(row, since);
  const hasOrphans = found.some(isLeft);
  if (hasOrphans)
    await schedules.updateMany(
      { _id: { $nin: names }, orphaned: false, declaredAt: { $not: { $gte: since } } },
      { $set: { orphaned: true, updatedAt: now }, $inc: { revision: 1 } },
    );
  return left.length > 0 || hasOrphans;
}

/** Rows of older releases do not say when. */
const isKept = (row: ScheduleRow | undefined, since: Date): boolean => (row?.declaredAt ?? 0) >= since;

const isAsDeclared = (row: ScheduleRow | undefined, parts: Parts, { job, policy }: ScheduleDefinition): boolean =>
  row !== undefined &&
  !row.orphaned &&
  row.job === job &&
  isDeepStrictEqual(row.declared, declarationOf(parts, policy));

/** Writes down one declaration. Safe from many replicas at once and any number of times: what a person has changed stays. */
export async function declare(parts: Parts, definition: ScheduleDefinition, now: Date): Promise<void> {
  const { schedules } = parts.collections;
  const { name, job, policy } = definition;
  const declared = declarationOf(parts, policy);
  for (let tries = 0; tries < MAX_RACES; tries++) {
    const row = await schedules.findOne({ _id: name });
    if (!row) {
      if (await inserted({ schedules }, freshRow(name, job, declared, now))) return;
      continue;
    }
    if (isAsDeclared(row, parts, definition)) return;
    const changes = changesOf(row, job, declared, now);
    const { matchedCount } = await schedules.updateOne(
      { _id: name, revision: row.revision },
      { $set: { ...changes, updatedAt: now }, $inc: { revision: 1 } },
    );
    if (matchedCount === 1) return;
  }
  throw new Error(`schedule ${name}: is changed by others faster than it can be declared`);
}

/** The fields that a declaration changes in a row. */
function changesOf(row: ScheduleRow, job: string, declared: SchedulePolicy, now: Date): Partial<ScheduleRow> {
  const kept = Object.fromEntries(row.edited.map((field) => [field, row[field]]));
  const policy = { ...declared, ...kept } as SchedulePolicy;
  return {
    ...policy,
    job,
    declared,
    orphaned: false,
    declaredAt: now,
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
    declaredAt: now,
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

const declarationOf = ({ timeZone }: Parts, policy: ScheduleDefinition['policy']): SchedulePolicy =>
  asStored({ ...policy, timeZone: policy.timeZone ?? timeZone });

/** As the database gives it back, so that it can be compared; in the order of the type's fields. */
function asStored({ cron, timeZone, misfire, payload, lane, graceMs }: SchedulePolicy): SchedulePolicy {
  return JSON.parse(JSON.stringify({ cron, timeZone, misfire, payload, lane, graceMs })) as SchedulePolicy;
}
