/** A repeatable source of choices: the same seed gives the same sequence on every machine. */
export type Random = {
  /** From 0 (inclusive) to `limit` (exclusive), whole. */
  below(limit: number): number;
  /** @throws RangeError when the list is empty. */
  pick<T>(list: readonly T[]): T;
  shuffled<T>(list: readonly T[]): T[];
};

/** Mulberry32: 32 bits of state are plenty for words, and it is short enough to read. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  const below = (limit: number) => Math.floor((next() / 2 ** 32) * limit);
  return { below, pick: (list) => pickFrom(list, below), shuffled: (list) => shuffle(list, below) };
}

function pickFrom<T>(list: readonly T[], below: (limit: number) => number): T {
  const found = list[below(list.length)];
  if (found === undefined) throw new RangeError('random pick: the list is empty');
  return found;
}

/** Fisher and Yates. */
function shuffle<T>(list: readonly T[], below: (limit: number) => number): T[] {
  const cards = [...list];
  for (let last = cards.length - 1; last > 0; last--) {
    const other = below(last + 1);
    [cards[last], cards[other]] = [cards[other] as T, cards[last] as T];
  }
  return cards;
}
