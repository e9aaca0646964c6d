/** One source of work inside a process: a lane of a queue. */
type Source<Item> = { readonly weight: number; readonly items: Item[]; credit: number };

/**
 * Which of the waiting items runs next: smooth weighted round robin over the lanes that have something, so that
 * weights hold under load, no lane starves, and an idle lane lends its share to the others.
 */
export class Lanes<Item> {
  readonly #sources = new Map<string, Source<Item>>();

  /** @param weight above 0; how often this lane is picked in relation to the others. */
  push(lane: string, weight: number, item: Item): void {
    const source = this.#sources.get(lane) ?? { weight, items: [], credit: 0 };
    this.#sources.set(lane, source);
    source.items.push(item);
  }

  get size(): number {
    return [...this.#sources.values()].reduce((sum, { items }) => sum + items.length, 0);
  }

  /** Takes the next item, or undefined when nothing waits. */
  pick(): Item | undefined {
    let best: Source<Item> | undefined;
    let total = 0;
    for (const source of this.#sources.values()) {
      if (source.items.length === 0) continue;
      source.credit += source.weight;
      total += source.weight;
      if (!best || source.credit > best.credit) best = source;
    }
    if (!best) return undefined;
    best.credit -= total;
    return best.items.shift();
  }

  /** Takes out what matches, whatever its turn. Default: everything. */
  takeAll(isWanted: (item: Item) => boolean = () => true): Item[] {
    return [...this.#sources.values()].flatMap((source) => {
      const { yes = [], no = [] } = Object.groupBy(source.items, (item) => (isWanted(item) ? 'yes' : 'no'));
      source.items.splice(0, Number.POSITIVE_INFINITY, ...no);
      return yes;
    });
  }
}
