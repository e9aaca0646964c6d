import { mediumFormat, releaseFormat } from './release-format.ts';

test.each([
  ['CD', 'cd'],
  ['SHM-CD', 'cd'],
  ['Enhanced CD', 'cd'],
  ['CD-R', 'cd'],
  ['12" Vinyl', 'vinyl'],
  ['7" Flexi-disc', 'vinyl'],
  ['10" Shellac', 'vinyl'],
  ['Digital Media', 'digital'],
  ['Cassette', 'cassette'],
  ['DVD-Video', 'other'],
  ['8-Track Cartridge', 'other'],
  [null, 'other'],
])('%s is called %s', (format, called) => {
  expect(mediumFormat(format)).toBe(called);
});

test('the format of a release is that of all its media, mixed when they differ', () => {
  const of = (...formats: (string | null)[]) => releaseFormat(formats.map((format) => ({ format })));

  expect([of('CD', 'CD'), of('CD', 'SHM-CD'), of('CD', 'DVD-Video'), of('CD', '12" Vinyl'), of()]).toEqual([
    'cd',
    'cd',
    'mixed',
    'mixed',
    'other',
  ]);
});
