import { createHash } from 'node:crypto';

/** Fields of a payload that are searched by an index: down to this depth, the first so many in the order of their names. */
const MAX_DEPTH = 3;
const MAX_ARGUMENTS = 32;
/** A longer value stands in its label as a digest. */
const MAX_VALUE_CHARS = 64;

/** On every record, so that the one index over labels also lists them all in the order of their creation. */
export const EVERY_JOB = 'job';
/** On a record that has been with so many dying processes that it runs in quarantine; it stays when the crashes are forgiven. */
export const SUSPECT = 'suspect';

/**
 * What a record is searched by for good: `name:…`, `root:…` (when it is not its own), `parent:…`, `from:…` (the job that it replays), `batch:…`, `trace:…`, `tag:…`, `arg:<path>=<value>`.
 * They change only with the payload of a job that has not begun, and when a job becomes a {@link SUSPECT}, so that no claim and no end has to touch their index.
 */
export function labelsOf(record: {
  id: string;
  name: string;
  rootId: string;
  parentId?: string | undefined;
  replayedFrom?: string | undefined;
  batchId?: string | undefined;
  traceId?: string | undefined;
  tags: readonly string[];
  payload: unknown;
}): string[] {
  const { id, name, rootId, parentId, replayedFrom, batchId, traceId, tags, payload } = record;
  return [
    EVERY_JOB,
    `name:${name}`,
    ...(rootId === id ? [] : [`root:${rootId}`]),
    ...(parentId ? [`parent:${parentId}`] : []),
    ...(replayedFrom ? [`from:${replayedFrom}`] : []),
    ...(batchId ? [`batch:${batchId}`] : []),
    ...(traceId ? [`trace:${traceId}`] : []),
    ...tags.map((tag) => `tag:${tag}`),
    ...argumentsOf(payload).map(([path, value]) => argumentLabel(path, value)),
  ];
}

/** The label that finds a field of the payload by its text; undefined where labels cannot tell: too deep, a place in an array, another spelling of a number. */
export function labelOfArgument(path: string, text: string): string | undefined {
  const names = path.split('.');
  const isLabelled = names.length <= MAX_DEPTH && !names.some((name) => /^\d+$/.test(name));
  const isOneReading = text !== 'null' && (text === '' || Number.isNaN(Number(text)) || String(Number(text)) === text);
  return isLabelled && isOneReading ? argumentLabel(path, text) : undefined;
}

function argumentLabel(path: string, value: string): string {
  return `arg:${path}=${value.length > MAX_VALUE_CHARS ? createHash('sha256').update(value).digest('base64url') : value}`;
}

/** Text, numbers and booleans of a payload with their paths, as a query would write them. */
function argumentsOf(payload: unknown, path = '', depth = 1): [path: string, value: string][] {
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) return [];
  const fields = Object.entries(payload).toSorted(([one], [other]) => (one < other ? -1 : 1));
  const found = fields.flatMap(([name, value]): [string, string][] => {
    const here = `${path}${name}`;
    const scalars = [value].flat().filter((item) => ['string', 'number', 'boolean'].includes(typeof item));
    if (scalars.length > 0) return scalars.map((item) => [here, String(item)]);
    return depth < MAX_DEPTH ? argumentsOf(value, `${here}.`, depth + 1) : [];
  });
  return found.slice(0, MAX_ARGUMENTS);
}
