/** Of what lies deeper only that it is there is told. */
const maxDepth = 6;

/**
 * What a database command looks like, without its values: `{"insert":"?","documents":[{"_id":"?"},"999 more"]}`. Of a list the first
 * item stands for all, so that a span of a thousand rows is as small, and as quickly made, as one of a single row.
 */
export const commandShape = (command: object): string => JSON.stringify(shapeOf(command, 0));

function shapeOf(value: unknown, depth: number): unknown {
  if (depth > maxDepth || typeof value !== 'object' || value === null) return '?';
  if (Array.isArray(value)) return shapeOfList(value, depth);
  if (!isPlain(value)) return '?';
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, shapeOf(item, depth + 1)]));
}

function shapeOfList(items: readonly unknown[], depth: number): unknown[] {
  if (items.length === 0) return [];
  const rest = items.length - 1;
  return [shapeOf(items[0], depth + 1), ...(rest > 0 ? [`${rest} more`] : [])];
}

/** Not one of the database's own types, which hold a value. */
const isPlain = (value: object): boolean => [Object.prototype, null].includes(Object.getPrototypeOf(value));
