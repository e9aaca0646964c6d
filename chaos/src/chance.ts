/** Chance that comes out the same for the same seed. */
export type Chance = {
  /** From 0 up to and without 1. */
  next(): number;
  /** A whole number from `from` to `to`, both included. */
  between(from: number, to: number): number;
  oneOf<Item>(items: readonly Item[]): Item;
  /** By weight; those of weight 0 never. */
  weighted<Item>(rows: readonly (readonly [Item, number])[]): Item;
};

/** Mulberry32 (Tommy Ettinger, 2017), whose 32 bits of state are enough to choose victims by. @param name keeps the draws of one purpose apart from those of another. */
export function chanceOf(seed: number, name: string): Chance {
  let state = [...name].reduce((hash, letter) => Math.imul(hash ^ letter.charCodeAt(0), 0x01000193), seed | 0);
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (from: number, to: number) => from + Math.floor(next() * (to - from + 1));
  return {
    next,
    between,
    oneOf: <Item>(items: readonly Item[]) => items[between(0, items.length - 1)] as Item,
    weighted<Item>(rows: readonly (readonly [Item, number])[]) {
      let left = next() * rows.reduce((sum, [, weight]) => sum + weight, 0);
      for (const [item, weight] of rows) {
        left -= weight;
        if (left < 0) return item;
      }
      return (rows.at(-1) as readonly [Item, number])[0];
    },
  };
}
