import type { ListName } from './list-name.ts';

type Item = Readonly<Record<string, unknown>>;

/** A column: a field of the item by its name, or what is made of the item. */
type Column = string | readonly [name: string, of: (item: Item) => unknown];

/** What a person sorts and sums of each list. Payloads, results and bodies are not among it. */
const tables: Readonly<Record<ListName, readonly Column[]>> = {
  jobs: [
    ...['service', 'id', 'name', 'queue', 'lane', 'state', 'attempt', 'maxAttempts', 'crashes', 'progress', 'message'],
    ['tags', ({ tags }) => (Array.isArray(tags) ? tags.join(' ') : '')],
    ...['createdAt', 'scheduledAt', 'startedAt', 'endedAt', 'waitMs', 'runMs'],
    ['errorCode', ({ errors }) => lastOf(errors)['code']],
    ['errorMessage', ({ errors }) => lastOf(errors)['message']],
    ...['worker', 'traceId', 'rootId', 'parentId', 'replayedFrom'],
  ],
  'dead-letters': ['service', 'fingerprint', 'source', 'name', 'code', 'message', 'count', 'firstAt', 'lastAt'],
  meshes: [
    ...['id', 'status', 'mode', 'preset', 'picture', 'progress', 'attempt', 'maxAttempts'],
    ...['vertexCount', 'triangleCount', 'achievedError', 'watertight', 'volumeMm3', 'reused'],
    ['durationMs', ({ usage }) => fieldsOf(usage)['durationMs']],
    ['errorCode', ({ error }) => fieldsOf(error)['code']],
    ['errorMessage', ({ error }) => fieldsOf(error)['message']],
    ...['ownerId', 'projectId', 'batchId', 'jobId', 'traceId', 'createdAt', 'updatedAt'],
  ],
  deliveries: [
    ...['id', 'state', 'reason', 'channel', 'to', 'recipient', 'category', 'type', 'kind', 'title', 'why'],
    ['attempts', ({ attempts }) => (Array.isArray(attempts) ? attempts.length : 0)],
    ['lastAnswer', ({ attempts }) => lastOf(attempts)['answer']],
    ...['repeats', 'traceId', 'createdAt', 'updatedAt'],
  ],
};

const nameOf = (column: Column): string => (typeof column === 'string' ? column : column[0]);

/** The head of a list's table. */
export const columnsOf = (list: ListName): readonly string[] => tables[list].map(nameOf);

/** An item as a row of texts; nothing for what is not there. */
export const rowOf = (list: ListName, item: Item): Readonly<Record<string, string>> =>
  Object.fromEntries(
    tables[list].map((column) => [nameOf(column), textOf(typeof column === 'string' ? item[column] : column[1](item))]),
  );

const lastOf = (items: unknown): Item => fieldsOf(Array.isArray(items) ? items.at(-1) : undefined);

const fieldsOf = (value: unknown): Item => (typeof value === 'object' && value !== null ? (value as Item) : {});

const textOf = (value: unknown): string => (value === null || value === undefined ? '' : String(value));
