import type { mongo } from 'mongoose';
import type { Collections } from './collections.ts';
import { type Conditions, conditionsOf, type JobFilter, statesOf } from './job-filter.ts';
import { type JobRecord, type JobState, STATES } from './record.ts';

/** As many jobs of a name or tag are sooner counted state by state than found by their label and grouped. */
const MANY = 5_000;
/** So many of the jobs stored last tell which state most jobs of a name or tag are in. */
const SAMPLE = 400;

type Jobs = mongo.Collection<JobRecord>;
type Counts = Map<JobState, number>;
type Found = mongo.Filter<JobRecord>;

/** How many jobs of a filter are in each state; states without a job count 0. */
export async function countJobs({ jobs }: Collections, filter: JobFilter): Promise<Record<JobState, number>> {
  const counts = await countsOf(jobs, filter);
  return Object.fromEntries(STATES.map((state) => [state, counts.get(state) ?? 0])) as Record<JobState, number>;
}

/** How many jobs a filter finds. */
export async function countAll(collections: Collections, filter: JobFilter): Promise<number> {
  return sum(Object.values(await countJobs(collections, filter)));
}

async function countsOf(jobs: Jobs, filter: JobFilter): Promise<Counts> {
  const conditions = conditionsOf(filter);
  const byField = countedByState(filter, conditions);
  if (!byField) return groupByState(jobs, conditions);
  const states = statesOf(filter);
  if (conditions.labels === undefined) return countEachState(jobs, byField, states ?? STATES);
  const total = await jobs.count(conditions as Found, states ? { limit: MANY } : {});
  if (total < MANY) return groupByState(jobs, conditions);
  return states ? countEachState(jobs, byField, states) : countAroundMost(jobs, conditions, byField, total);
}

/**
 * State and queue are counted in their index, without a look at any record; a name or a tag is looked up in the records of
 * each state. @returns undefined for filters that ask for more.
 */
function countedByState({ name, tag }: JobFilter, { labels, ...fields }: Conditions): Conditions | undefined {
  const isPlain = Object.keys(fields).every((field) => field === 'state' || field === 'queue');
  if (!isPlain) return undefined;
  if (labels === undefined) return fields;
  if (labels === `name:${name}`) return { ...fields, name };
  return labels === `tag:${tag}` ? { ...fields, tags: tag } : undefined;
}

async function countEachState(jobs: Jobs, conditions: Conditions, states: readonly JobState[]): Promise<Counts> {
  // The plain command: as an aggregation a count takes twice as long on some stores. Exact where nothing is sharded.
  const counts = await Promise.all(states.map((state) => jobs.count({ ...conditions, state } as Found)));
  return new Map(states.map((state, index) => [state, counts[index] ?? 0]));
}

async function groupByState(jobs: Jobs, conditions: Conditions): Promise<Counts> {
  const groups = await jobs
    .aggregate<{ _id: JobState; jobs: number }>([
      { $match: conditions },
      { $group: { _id: '$state', jobs: { $sum: 1 } } },
    ])
    .toArray();
  return new Map(groups.map(({ _id, jobs: count }) => [_id, count]));
}

/**
 * Most jobs of a name or tag wait or are through, so counting these would be a look at most records: they are what is left of
 * all, found in the index of labels alone, when the other states are counted.
 */
async function countAroundMost(
  jobs: Jobs,
  conditions: Conditions,
  byField: Conditions,
  total: number,
): Promise<Counts> {
  const most = await mostlyIn(jobs, String(conditions['labels']));
  const others = await countEachState(
    jobs,
    byField,
    STATES.filter((state) => state !== most),
  );
  // Both looks are not at one moment.
  return others.set(most, Math.max(0, total - sum([...others.values()])));
}

/** A guess, by which the counts only get cheaper. It looks at the last of all: to find those of the label costs a look at many. */
async function mostlyIn(jobs: Jobs, label: string): Promise<JobState> {
  const last = await jobs
    .find({}, { projection: { state: 1, labels: 1 } })
    .sort({ $natural: -1 })
    .limit(SAMPLE)
    .toArray();
  const some = last.filter(({ labels }) => labels.includes(label));
  const seen = (wanted: JobState) => some.filter(({ state }) => state === wanted).length;
  return STATES.reduce((most, state) => (seen(state) > seen(most) ? state : most));
}

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);
