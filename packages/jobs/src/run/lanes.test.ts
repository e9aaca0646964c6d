import fc from 'fast-check';
import { Lanes } from './lanes.ts';

const weights = { hi: 5, std: 3, retry: 2, lo: 1 } as const;
const filled = (counts: Partial<Record<keyof typeof weights, number>>) => {
  const lanes = new Lanes<string>();
  for (const [lane, count] of Object.entries(counts))
    for (let i = 0; i < count; i++) lanes.push(lane, weights[lane as keyof typeof weights], lane);
  return lanes;
};
const pick = (lanes: Lanes<string>, count: number) => Array.from({ length: count }, () => lanes.pick());
const times = (picks: readonly (string | undefined)[], lane: string) => picks.filter((one) => one === lane).length;

test('full lanes are picked in proportion to their weights, evenly spread', () => {
  const picks = pick(filled({ hi: 50, std: 50, retry: 50, lo: 50 }), 22);

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
  expect(times(pick(filled({ std: 30, lo: 30 }), 8), 'lo')).toBe(2);
  expect(pick(filled({ lo: 3 }), 4)).toEqual(['lo', 'lo', 'lo', undefined]);
});

test('whatever is pushed is picked exactly once, in order within its lane', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({ lane: fc.constantFrom('hi', 'std', 'retry', 'lo'), before: fc.integer({ min: 0, max: 3 }) }),
        { maxLength: 60 },
      ),
      (pushes) => {
        const lanes = new Lanes<{ lane: string; order: number }>();
        const out: { lane: string; order: number }[] = [];
        const take = () => {
          const item = lanes.pick();
          if (item) out.push(item);
          return item;
        };
        pushes.forEach(({ lane, before }, order) => {
          for (let i = 0; i < before; i++) take();
          lanes.push(lane, weights[lane as keyof typeof weights], { lane, order });
        });
        while (take());
        expect(out).toHaveLength(pushes.length);
        for (const lane of Object.keys(weights)) {
          const orders = out.filter((item) => item.lane === lane).map(({ order }) => order);
          expect(orders).toEqual(orders.toSorted((one, other) => one - other));
        }
      },
    ),
  );
});

test('emptying gives back everything that waits', () => {
  const lanes = filled({ hi: 2, lo: 1 });

  expect(lanes.takeAll().toSorted()).toEqual(['hi', 'hi', 'lo']);
  expect(lanes.pick()).toBeUndefined();
});
