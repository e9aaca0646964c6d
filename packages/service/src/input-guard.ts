import type { InputError } from './problem.ts';

/** Deeper input is refused: no resource nests that far, and the database takes at most 100 levels. */
const maxDepth = 32;

/** Names that reach into an object's making, wherever they are later assigned. */
const dangerousNames = new Set(['__proto__', 'constructor', 'prototype']);

type Place = { readonly value: unknown; readonly path: string; readonly depth: number };

/**
 * Looks through parsed input for what no schema thinks of: names that could reach a prototype, database operators as names,
 * NUL and half characters in text, nesting without end. Goes without recursion, so that depth cannot exhaust the stack.
 */
export function findUnsafe(input: unknown, root: string): InputError[] {
  const errors: InputError[] = [];
  const open: Place[] = [{ value: input, path: root, depth: 0 }];
  for (let place = open.pop(); place && errors.length < 20; place = open.pop()) {
    const message = place.depth > maxDepth ? `is nested more than ${maxDepth} levels deep` : unsafeText(place.value);
    if (message) errors.push({ path: place.path, message });
    else open.push(...children(place, errors));
  }
  return errors;
}

function children({ value, path, depth }: Place, errors: InputError[]): Place[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, child]) => {
    const message = Array.isArray(value) ? undefined : unsafeName(name);
    if (!message) return [{ value: child, path: `${path}.${name}`, depth: depth + 1 }];
    errors.push({ path: `${path}.${name.replaceAll('\0', '\\0')}`, message });
    return [];
  });
}

function unsafeName(name: string): string | undefined {
  if (dangerousNames.has(name)) return 'is not an allowed name';
  if (name.startsWith('$')) return 'is not an allowed name: it begins with $';
  return unsafeText(name);
}

function unsafeText(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  if (value.includes('\0')) return 'holds a NUL character';
  return value.isWellFormed() ? undefined : 'holds half a character (a lone surrogate)';
}
