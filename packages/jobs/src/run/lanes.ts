import type { BrokerLane } from '../broker/topology.ts';

/** How a queue takes part in a process: its weight against the other queues, those of its lanes against each other, and how many of it may run at once. */
export type Share = {
  /** Above 0. */
  readonly weight: number;
  /** Above 0. */
  readonly weights: Readonly<Record<BrokerLane, number>>;
  readonly concurrency: number;
  /** Nothing of it is begun. */
  readonly isPaused: boolean;
};

/** Takes turns by smooth weighted round robin. */
type Turn = { credit: number };
type Lane<Item> = Turn & { readonly name: BrokerLane; readonly items: Item[] };
type Queue<Item> = Turn & { readonly name: string; readonly lanes: Map<BrokerLane, Lane<Item>>; running: number };

export type Picked<Item> = { readonly item: Item; readonly queue: string };

/**
 * Which of the waiting items runs next: the queues that have something and may run it take turns by weight, and so do
 * the lanes of the queue whose turn it is. So weights hold under load, no lane starves, and what is idle lends its share.
 */
export class Lanes<Item> {
  readonly #shareOf: (queue: string) => Share;
  readonly #queues = new Map<string, Queue<Item>>();

  /** @param shareOf is asked at every turn, so that what it says may change at any time. */
  constructor(shareOf: (queue: string) => Share) {
    this.#shareOf = shareOf;
  }

  push(queue: string, lane: BrokerLane, item: Item): void {
    const { lanes } = getOr(this.#queues, queue, () => ({ name: queue, lanes: new Map(), running: 0, credit: 0 }));
    getOr(lanes, lane, () => ({ name: lane, items: [], credit: 0 })).items.push(item);
  }

  /** Takes the next item, or undefined when nothing may run. It counts as running until {@link done}. */
  pick(): Picked<Item> | undefined {
    const queue = nextInTurn(
      [...this.#queues.values()].filter((one) => this.#mayRun(one)),
      ({ name }) => this.#shareOf(name).weight,
    );
    if (!queue) return undefined;
    const { weights } = this.#shareOf(queue.name);
    const lane = nextInTurn([...queue.lanes.values()].filter(hasItems), ({ name }) => weights[name]);
    const item = lane?.items.shift();
    if (item === undefined) return undefined;
    queue.running++;
    return { item, queue: queue.name };
  }

  /** Something of this queue runs no longer. */
  done(queue: string): void {
    const its = this.#queues.get(queue);
    if (its) its.running--;
  }

  /** Takes out what matches, whatever its turn. Default: everything. */
  takeAll(isWanted: (item: Item) => boolean = () => true): Item[] {
    const lanes = [...this.#queues.values()].flatMap((queue) => [...queue.lanes.values()]);
    return lanes.flatMap(({ items }) => {
      const { yes = [], no = [] } = Object.groupBy(items, (item) => (isWanted(item) ? 'yes' : 'no'));
      items.splice(0, Number.POSITIVE_INFINITY, ...no);
      return yes;
    });
  }

  #mayRun({ name, lanes, running }: Queue<Item>): boolean {
    const { isPaused, concurrency } = this.#shareOf(name);
    return !isPaused && running < concurrency && [...lanes.values()].some(hasItems);
  }
}

const hasItems = ({ items }: { readonly items: readonly unknown[] }): boolean => items.length > 0;

/** Whoever has the most credit is next and pays what all have been given: the turns of the heavy are spread evenly. */
function nextInTurn<One extends Turn>(candidates: readonly One[], weightOf: (one: One) => number): One | undefined {
  let best: One | undefined;
  let total = 0;
  for (const one of candidates) {
    const weight = weightOf(one);
    one.credit += weight;
    total += weight;
    if (!best || one.credit > best.credit) best = one;
  }
  if (best) best.credit -= total;
  return best;
}

function getOr<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const value = map.get(key) ?? make();
  map.set(key, value);
  return value;
}
