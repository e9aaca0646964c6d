import { Batcher } from './batcher.ts';

/** Of the event loop. */
const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

const noted = (maxBatch?: number) => {
  const asked: number[][] = [];
  const ask = async (items: number[]) => {
    asked.push(items);
    return items.map((item) => item * 2);
  };
  return { asked, batcher: new Batcher(ask, maxBatch === undefined ? {} : { maxBatch }) };
};

test('a rush is asked for together, though it comes turn by turn', async () => {
  const { asked, batcher } = noted();

  const answers: Promise<number>[] = [];
  for (let item = 1; item <= 5; item++) {
    // The next one is on its way before the batcher looks again.
    const next = nextTurn();
    answers.push(batcher.get(item));
    await next;
  }

  expect(await Promise.all(answers)).toEqual([2, 4, 6, 8, 10]);
  expect(asked).toEqual([[1, 2, 3, 4, 5]]);
});

test('a rush that does not end is not waited for beyond a batch', async () => {
  const { asked, batcher } = noted(3);

  const answers: Promise<number>[] = [];
  while (asked.length === 0) {
    const next = nextTurn();
    answers.push(batcher.get(answers.length));
    await next;
  }

  await Promise.all(answers);
  expect(asked[0]).toEqual([0, 1, 2]);
});

test('who asks alone is asked for in the next turn', async () => {
  const { asked, batcher } = noted();

  void batcher.get(1);
  await nextTurn();
  await nextTurn();

  expect(asked).toEqual([[1]]);
});

test('what is thrown, all of the batch get, and the next ones are asked for', async () => {
  let isBroken = true;
  const batcher = new Batcher(async (items: number[]) => {
    if (isBroken) throw new Error('the database is away');
    return items;
  });

  const outcomes = await Promise.allSettled([batcher.get(1), batcher.get(2)]);
  isBroken = false;

  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await batcher.get(3)).toBe(3);
});
