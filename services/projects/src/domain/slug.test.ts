import { slugCandidates, slugOf } from './slug.ts';

test.each([
  ['Hollow Lantern', 'hollow-lantern'],
  ['  Éclair & Söhne  ', 'eclair-sohne'],
  ['a--b__c', 'a-b-c'],
  ['x'.repeat(80), 'x'.repeat(48)],
  ['東京', 'project'],
  ['!!!', 'project'],
  [`${'y'.repeat(47)} z`, 'y'.repeat(47)],
])('%j becomes %j', (name, slug) => {
  expect(slugOf(name)).toBe(slug);
});

test.each(['Admin', ' API '])('%j becomes none', (name) => {
  expect(slugOf(name)).toBeUndefined();
});

test('the last candidate carries the end of the project’s id', () => {
  const candidates = slugCandidates('lamp', '01990000-0000-7000-8000-000000000007');

  expect([candidates[0], candidates[1], candidates.at(-1)]).toEqual(['lamp', 'lamp-2', 'lamp-000000000007']);
});
