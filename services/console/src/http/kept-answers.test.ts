import { keptAnswers } from './kept-answers.ts';

/** Says how often it was asked. */
const counter = () => {
  let asked = 0;
  return async () => ++asked;
};

test('whoever asks the same while it is being asked gets the same answer, and another question one of its own', async () => {
  const kept = keptAnswers<number>(() => 0);
  const ask = counter();

  expect(await Promise.all([kept('a', ask), kept('a', ask), kept('b', ask)])).toEqual([1, 1, 2]);
});

test('an answer is kept for as long as it and its time tell, and asked for anew after that', async () => {
  const tookMs: number[] = [];
  const kept = keptAnswers<number>((answer, took) => {
    tookMs.push(took);
    return answer === 2 ? 60_000 : 0;
  });
  const ask = counter();

  expect([await kept('a', ask), await kept('a', ask), await kept('a', ask)]).toEqual([1, 2, 2]);
  expect(tookMs.every((took) => took >= 0)).toBe(true);
});

test('what fails is told to those who asked, and asked for anew', async () => {
  const kept = keptAnswers<number>(() => 60_000);
  const fail = async () => {
    throw new Error('away');
  };

  await expect(Promise.all([kept('a', fail), kept('a', fail)])).rejects.toThrow('away');
  expect(await kept('a', counter())).toBe(1);
});
