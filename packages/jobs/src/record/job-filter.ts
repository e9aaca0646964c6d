import { isId } from '../runtime/ids.ts';
import { labelOfArgument } from './labels.ts';
import type { JobState } from './record.ts';

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
  createdBefore?: Date | undefined;
  endedBefore?: Date | undefined;
  /** What people have decided about failed jobs; `open`: nothing yet. */
  letter?: 'open' | 'parked' | 'resolved' | undefined;
  /** A job id, or the beginning of a job name. */
  q?: string | undefined;
};

/** What a store is asked for a filter. */
export type Conditions = { createdAt?: Times; labels?: unknown; _id?: string; $and?: object[] } & Record<
  string,
  unknown
>;

export type Times = { $gt?: Date; $gte?: Date; $lte?: Date; $lt?: Date };

export function conditionsOf(filter: JobFilter): Conditions {
  const { queue, fingerprint, endedBefore, letter } = filter;
  const state = statesOf(filter);
  const createdAt = timesOf(filter);
  const labels = labelsWanted(filter);
  return {
    ...(createdAt && { createdAt }),
    ...(labels.length > 0 && { labels: labels.length > 1 ? { $all: labels } : labels[0] }),
    ...(state && { state: state.length === 1 ? state[0] : { $in: [...state] } }),
    ...(queue && { queue }),
    ...(fingerprint && { fingerprint }),
    ...(endedBefore && { endedAt: { $lt: endedBefore } }),
    ...(letter && { 'deadLetter.state': letter === 'open' ? { $exists: false } : letter }),
    ...pathConditions('payload', filter.args),
    ...pathConditions('meta', filter.meta),
    ...idConditions(filter),
  };
}

/** Only failed jobs have a fingerprint. */
export const statesOf = ({ state, fingerprint }: JobFilter): readonly JobState[] | undefined =>
  state ?? (fingerprint ? ['failed'] : undefined);

function timesOf({ from, to, createdBefore }: JobFilter): Times | undefined {
  const times = { ...(from && { $gte: from }), ...(to && { $lte: to }), ...(createdBefore && { $lt: createdBefore }) };
  return Object.keys(times).length > 0 ? times : undefined;
}

function idConditions({ rootId, q }: JobFilter): Pick<Conditions, '_id' | '$and'> {
  const either = [
    ...(rootId ? [{ $or: [{ _id: rootId }, { labels: `root:${rootId}` }] }] : []),
    ...(q && !isId(q) ? [{ $or: [{ _id: q }, { name: { $gte: q, $lt: `${q}\uffff` } }] }] : []),
  ];
  return { ...(q && isId(q) && { _id: q }), ...(either.length > 0 && { $and: either }) };
}

/** The most telling label first: an index looks up the first of `$all`. */
function labelsWanted({ traceId, tag, name, args }: JobFilter): string[] {
  const given = (kind: string, value: string | undefined) => (value ? [`${kind}:${value}`] : []);
  const ofArguments = Object.entries(args ?? {}).flatMap(([path, value]) => labelOfArgument(path, value) ?? []);
  return [...given('trace', traceId), ...ofArguments, ...given('tag', tag), ...given('name', name)];
}

/** A query string knows only text, a payload also numbers and booleans: each reading of the text is looked for. */
function pathConditions(root: string, values: Readonly<Record<string, string>> | undefined): Record<string, object> {
  return Object.fromEntries(
    Object.entries(values ?? {}).map(([path, text]) => [`${root}.${path}`, { $in: readingsOf(text) }]),
  );
}

function readingsOf(text: string): unknown[] {
  const readings: unknown[] = [text];
  if (text !== '' && Number.isFinite(Number(text))) readings.push(Number(text));
  if (text === 'true' || text === 'false') readings.push(text === 'true');
  if (text === 'null') readings.push(null);
  return readings;
}
