export type Difference = { readonly path: string; readonly from: unknown; readonly to: unknown };

const MAX_DIFFERENCES = 100;

/** Where two JSON values differ, e.g. `items.0.name`; absent is `undefined`, the root is `''`. At most 100. */
export function differences(from: unknown, to: unknown): Difference[] {
  return below('', from, to).slice(0, MAX_DIFFERENCES);
}

function below(path: string, from: unknown, to: unknown): Difference[] {
  if (Object.is(from, to)) return [];
  if (!isBranch(from) || !isBranch(to) || Array.isArray(from) !== Array.isArray(to)) return [{ path, from, to }];
  const names = new Set([...Object.keys(from), ...Object.keys(to)]);
  return [...names].toSorted().flatMap((name) => below(path ? `${path}.${name}` : name, from[name], to[name]));
}

const isBranch = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
