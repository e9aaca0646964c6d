import fc from 'fast-check';
import type { BrokerLane } from '../broker/topology.ts';
import { Lanes, type Share } from './lanes.ts';

const weights = { hi: 5, std: 3, retry: 2, lo: 1 } as const;
const share: Share = { weight: 1, weights, concurrency: Number.POSITIVE_INFINITY, isPaused: false };
const lanesOf = (
  counts: Partial<Record<BrokerLane, number>>,
  queue = 'orders',
  lanes = new Lanes<string>(() => share),
) => {
  for (const [lane, count] of Object.entries(counts))
    for (let i = 0; i < count; i++) lanes.push(queue, lane as BrokerLane, lane);
  return lanes;
};
const pick = (lanes: Lanes<string>, count: number) => Array.from({ length: count }, () => lanes.pick()?.item);
const times = (picks: readonly (string | undefined)[], lane: string) => picks.filter((one) => one === lane).length;

test('full lanes are picked in proportion to their weights, evenly spread', () => {
  const picks = pick(lanesOf({ hi: 50, std: 50, retry: 50, lo: 50 }), 22);

  expect(Object.fromEntries(Object.keys(weights).map((lane) => [lane, times(picks, lane)]))).toEqual({
    hi: 10,
    std: 6,
    retry: 4,
    lo: 2,
  });
  // The lightest lane waits for one whole turn at most.
  expect(picks.slice(0, 11)).toContain('lo');
});

test('an idle lane lends its share to the others', () => {
  expect(times(pick(lanesOf({ std: 30, lo: 30 }), 8), 'lo')).toBe(2);
  expect(pick(lanesOf({ lo: 3 }), 4)).toEqual(['lo', 'lo', 'lo', undefined]);
});

/** Sidekiq's weights. */
const queueWeights = { critical: 10, generation: 5, batch: 3, default: 2, low: 1 };
const weighed = (lanesOfEach: Partial<Record<BrokerLane, number>>, queues: readonly string[]) => {
  const lanes = new Lanes<string>((queue) => ({ ...share, weight: queueWeights[queue as 'low'] }));
  for (const queue of queues)
    for (const [lane, count] of Object.entries(lanesOfEach))
      for (let i = 0; i < count; i++) lanes.push(queue, lane as BrokerLane, `${queue} ${lane}`);
  return lanes;
};
const byQueue = (picks: readonly (string | undefined)[]) =>
  Object.fromEntries(
    [...Map.groupBy(picks, (one) => one?.split(' ')[0] ?? '')].map(([queue, of]) => [queue, of.length]),
  );

test('full queues run in proportion to their weights, and their lanes to theirs', () => {
  const lanes = weighed({ hi: 300, std: 300, lo: 300 }, Object.keys(queueWeights));
  const picks = pick(lanes, 21 * 9);

  expect(byQueue(picks)).toEqual({ critical: 90, generation: 45, batch: 27, default: 18, low: 9 });
  expect(['hi', 'std', 'lo'].map((lane) => times(picks, `critical ${lane}`))).toEqual([50, 30, 10]);
  // The lightest lane of the lightest queue has its turn too.
  expect(times(picks, 'low lo')).toBe(1);
});

test('a queue with one busy lane gets as much as one with four, and idle queues lend their shares', () => {
  const lanes = weighed({ std: 100 }, ['generation']);
  for (const lane of ['hi', 'std', 'retry', 'lo'] as const)
    for (let i = 0; i < 100; i++) lanes.push('batch', lane, `batch ${lane}`);

  expect(byQueue(pick(lanes, 80))).toEqual({ generation: 50, batch: 30 });
  expect(byQueue(pick(lanes, 400))).toEqual({ generation: 50, batch: 350 });
});

test('a queue at its cap or paused is passed over, and the others get its turns', () => {
  const shares: Record<string, Partial<Share>> = {
    slow: { concurrency: 2, weight: 9 },
    held: { isPaused: true, weight: 9 },
  };
  const lanes = new Lanes<string>((queue) => ({ ...share, ...shares[queue] }));
  for (let i = 0; i < 5; i++) for (const queue of ['slow', 'held', 'other']) lanes.push(queue, 'std', queue);

  const first = pick(lanes, 8);
  lanes.done('slow');
  const second = pick(lanes, 2);
  shares['held'] = {};
  const third = pick(lanes, 6);

  expect([times(first, 'slow'), times(first, 'other'), times(first, 'held')]).toEqual([2, 5, 0]);
  expect([second, third]).toEqual([
    ['slow', undefined],
    ['held', 'held', 'held', 'held', 'held', undefined],
  ]);
});

test('whatever is pushed is picked exactly once, in order within its lane', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          queue: fc.constantFrom('orders', 'mail'),
          lane: fc.constantFrom<BrokerLane>('hi', 'std', 'retry', 'lo'),
          before: fc.integer({ min: 0, max: 3 }),
        }),
        { maxLength: 60 },
      ),
      (pushes) => {
        const lanes = new Lanes<{ place: string; order: number }>(() => share);
        const out: { place: string; order: number }[] = [];
        const take = () => {
          const picked = lanes.pick();
          if (picked) out.push(picked.item);
          return picked;
        };
        pushes.forEach(({ queue, lane, before }, order) => {
          for (let i = 0; i < before; i++) take();
          lanes.push(queue, lane, { place: `${queue} ${lane}`, order });
        });
        while (take());
        expect(out).toHaveLength(pushes.length);
        for (const [, items] of Map.groupBy(out, ({ place }) => place)) {
          const orders = items.map(({ order }) => order);
          expect(orders).toEqual(orders.toSorted((one, other) => one - other));
        }
      },
    ),
  );
});

test('emptying gives back everything that waits', () => {
  const lanes = lanesOf({ hi: 2, lo: 1 });

  expect(lanes.takeAll().toSorted()).toEqual(['hi', 'hi', 'lo']);
  expect(lanes.pick()).toBeUndefined();
});
