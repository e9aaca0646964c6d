import type { Chance } from '../chance.ts';

/** One thing made wrong in bytes: cut short, bits turned, a piece doubled or taken away, another's head, nothing at all. */
export function spoiltBytes(chance: Chance, whole: Uint8Array): Buffer {
  const bytes = Buffer.from(whole);
  const from = chance.between(0, Math.max(0, bytes.length - 1));
  const to = Math.min(bytes.length, from + chance.between(1, 64));
  const ways: readonly (() => Buffer)[] = [
    () => bytes.subarray(0, from),
    () => withTurnedBits(chance, bytes),
    () => Buffer.concat([bytes.subarray(0, to), bytes.subarray(from)]),
    () => Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]),
    () => Buffer.concat([chance.oneOf(heads), bytes.subarray(from)]),
    () => bytes.fill(chance.between(0, 255), from, to),
    () => Buffer.alloc(0),
  ];
  return chance.oneOf(ways)();
}

/** What other formats begin with. */
const heads = [
  'GIF89a',
  '\u0089PNG\r\n\u001a\n',
  '%PDF-1.7',
  'PK\u0003\u0004',
  '\u001f\u008b\u0008',
  '{"jobId":',
  '<?xml ',
].map((text) => Buffer.from(text, 'latin1'));

function withTurnedBits(chance: Chance, bytes: Buffer): Buffer {
  for (let turned = chance.between(1, 8); turned > 0 && bytes.length > 0; turned--) {
    const at = chance.between(0, bytes.length - 1);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << chance.between(0, 7));
  }
  return bytes;
}

/** One value anywhere in a JSON value exchanged for one that nobody expects, or left out. @returns a copy. */
export function spoiltJson(chance: Chance, whole: unknown): unknown {
  const places = placesIn(whole);
  if (places.length === 0) return chance.oneOf(strange);
  const copy: unknown = structuredClone(whole);
  const place = chance.oneOf(places);
  let holder = copy as Record<string, unknown>;
  for (const key of place.slice(0, -1)) holder = holder[key] as Record<string, unknown>;
  const last = place.at(-1) ?? '';
  if (chance.next() < 0.2) delete holder[last];
  else holder[last] = chance.oneOf(strange);
  return copy;
}

/** The paths of everything below a value. */
function placesIn(value: unknown): string[][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [[key], ...placesIn(inner).map((path) => [key, ...path])]);
}

const nested = (depth: number): unknown => (depth === 0 ? [] : [nested(depth - 1)]);

const strange: readonly unknown[] = [
  null,
  '',
  true,
  -1,
  0.5,
  2 ** 53,
  1e308,
  [],
  {},
  '\u0000',
  '\uD800',
  '../../etc/passwd',
  'x'.repeat(3_000),
  { $where: 'sleep(1000)' },
  { $gt: '' },
  JSON.parse('{"__proto__": {"role": "admin"}}'),
  nested(300),
];
