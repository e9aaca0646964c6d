import { isDeepStrictEqual } from 'node:util';

/** Whatever the report says was proven through here. @throws when it does not hold, in a sentence with what was found. */
export function claim(holds: unknown, sentence: string, found?: unknown): asserts holds {
  if (!holds) throw new Error(`this does not hold: ${sentence}${found === undefined ? '' : ` (found ${text(found)})`}`);
}

/** @throws when the two differ, with both. */
export function claimEqual(what: string, found: unknown, expected: unknown): void {
  claim(isDeepStrictEqual(found, expected), `${what} is ${text(expected)}`, found);
}

const text = (value: unknown): string => JSON.stringify(value) ?? String(value);
