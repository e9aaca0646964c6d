import { nearest } from './locale.ts';

test.each([
  ['de-CH-1996', 'de-CH'],
  ['de-AT', 'de'],
  ['de', 'de'],
  ['fr-CA', 'en'],
  ['toString', 'en'],
])('the nearest to %s of English, German and the German of Switzerland is %s', (wish, expected) => {
  const words = { en: 'words', de: 'Wörter', 'de-CH': 'Wörtli' };

  expect(nearest(wish, words)).toEqual({ locale: expected, words: words[expected as keyof typeof words] });
});
