import { createHash } from 'node:crypto';

/** SHA-256 in hex over canonical JSON: keys sorted, so the order of writing an object does not matter. */
export const contentHash = (value: unknown): string => createHash('sha256').update(canonicalJson(value)).digest('hex');

/** JSON with sorted keys and without undefined fields. Lists keep their order. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, field: unknown) => (isPlainObject(field) ? sortedByKey(field) : field));
}

const isPlainObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const sortedByKey = (object: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(object).sort(([one], [other]) => (one < other ? -1 : 1)));
