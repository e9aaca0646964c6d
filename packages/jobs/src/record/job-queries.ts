import type { mongo } from 'mongoose';
import type { Collections } from './collections.ts';
import { EVERY_JOB, labelOfArgument } from './labels.ts';
import { type JobRecord, type JobState, STATES } from './record.ts';

/** What a list of jobs can be narrowed by; all given fields must hold. */
export type JobFilter = {
  state?: readonly JobState[] | undefined;
  name?: string | undefined;
  queue?: string | undefined;
  tag?: string | undefined;
  traceId?: string | undefined;
  fingerprint?: string | undefined;
  rootId?: string | undefined;
  /** Payload fields by path, e.g. `{ 'campaignId': '…' }`; compared as text, number or boolean. */
  args?: Readonly<Record<string, string>> | undefined;
  meta?: Readonly<Record<string, string>> | undefined;
  from?: Date | undefined;
  to?: Date | undefined;
  /** A job id, or the beginning of a job name. */
  q?: string | undefined;
};

export type JobPage = { readonly records: JobRecord[]; readonly next: { createdAt: Date; id: string } | null };

/** Newest first; `after` is the `next` of the page before. */
export async function listJobs(
  { jobs }: Collections,
  filter: JobFilter,
  {
    limit,
    after,
    sort = 'desc',
  }: { limit: number; after?: { createdAt: Date; id: string } | undefined; sort?: 'asc' | 'desc' | undefined },
): Promise<JobPage> {
  const direction = sort === 'desc' ? -1 : 1;
  const beyond = sort === 'desc' ? '$lt' : '$gt';
  const page = after && {
    $or: [{ createdAt: { [beyond]: after.createdAt } }, { createdAt: after.createdAt, _id: { [beyond]: after.id } }],
  };
  const records = await jobs
    .find({ $and: [conditionsOf(filter, EVERY_JOB), page ?? {}] } as mongo.Filter<JobRecord>)
    .sort({ createdAt: direction, _id: direction })
    .limit(limit + 1)
    .toArray();
  const last = records.length > limit ? records[limit - 1] : undefined;
  return { records: records.slice(0, limit), next: last ? { createdAt: last.createdAt, id: last._id } : null };
}

/** How many jobs of a filter are in each state; states without a job count 0. */
export async function countJobs({ jobs }: Collections, filter: JobFilter): Promise<Record<JobState, number>> {
  const conditions = conditionsOf(filter);
  const counts = await Promise.all(
    STATES.map(
      async (state) =>
        [state, await jobs.countDocuments({ $and: [conditions, { state }] } as mongo.Filter<JobRecord>)] as const,
    ),
  );
  return Object.fromEntries(counts) as Record<JobState, number>;
}

/** @param every the label that stands in for those that the filter does not name. */
function conditionsOf(filter: JobFilter, every?: string): mongo.Filter<JobRecord> {
  const { state, queue, fingerprint, from, to, rootId, q } = filter;
  const conditions: object[] = [
    ...labelCondition(filter, every),
    ...(state ? [{ state: { $in: [...state] } }] : []),
    ...(queue ? [{ queue }] : []),
    ...(fingerprint ? [{ fingerprint }] : []),
    ...(from || to ? [{ createdAt: { ...(from && { $gte: from }), ...(to && { $lte: to }) } }] : []),
    ...(rootId ? [{ $or: [{ _id: rootId }, { labels: `root:${rootId}` }] }] : []),
    ...(q ? [{ $or: [{ _id: q }, { name: { $gte: q, $lt: `${q}\uffff` } }] }] : []),
    ...pathConditions('payload', filter.args),
    ...pathConditions('meta', filter.meta),
  ];
  return conditions.length > 0 ? ({ $and: conditions } as mongo.Filter<JobRecord>) : {};
}

function labelCondition(filter: JobFilter, every: string | undefined): object[] {
  const wanted = labelsWanted(filter);
  const labels = wanted.length > 0 || every === undefined ? wanted : [every];
  if (labels.length === 0) return [];
  return [{ labels: labels.length > 1 ? { $all: labels } : labels[0] }];
}

/** The most telling label first: an index looks up the first of `$all`. */
function labelsWanted({ traceId, tag, name, args }: JobFilter): string[] {
  const given = (kind: string, value: string | undefined) => (value ? [`${kind}:${value}`] : []);
  const ofArguments = Object.entries(args ?? {}).flatMap(([path, value]) => labelOfArgument(path, value) ?? []);
  return [...given('trace', traceId), ...ofArguments, ...given('tag', tag), ...given('name', name)];
}

/** A query string knows only text, a payload also numbers and booleans: each reading of the text is looked for. */
function pathConditions(root: string, values: Readonly<Record<string, string>> | undefined): object[] {
  return Object.entries(values ?? {}).map(([path, text]) => ({ [`${root}.${path}`]: { $in: readingsOf(text) } }));
}

function readingsOf(text: string): unknown[] {
  const readings: unknown[] = [text];
  if (text !== '' && Number.isFinite(Number(text))) readings.push(Number(text));
  if (text === 'true' || text === 'false') readings.push(text === 'true');
  if (text === 'null') readings.push(null);
  return readings;
}
