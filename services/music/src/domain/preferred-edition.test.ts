import { albumCover } from './cover-art.ts';
import { type Candidate, preferredEdition } from './preferred-edition.ts';

const edition = (id: string, given: Partial<Candidate> = {}): Candidate => ({
  _id: id,
  musicbrainzId: `mb-${id}`,
  title: 'Anywhere',
  status: 'official',
  date: '1973',
  country: 'GB',
  countries: ['GB'],
  format: 'cd',
  coverArt: { front: true, back: false, count: 1, isDarkened: false },
  ...given,
});
const noTaste = { countries: [], formats: [] };

test.each([
  [
    'an official one before an earlier bootleg',
    edition('a'),
    edition('b', { status: 'bootleg', date: '1970' }),
    noTaste,
  ],
  [
    'the country that is liked',
    edition('a', { countries: ['US', 'JP'] }),
    edition('b'),
    { countries: ['JP'], formats: [] },
  ],
  [
    'the format that is liked',
    edition('a', { format: 'vinyl' }),
    edition('b'),
    { countries: [], formats: ['vinyl' as const] },
  ],
  ['the earliest', edition('a', { date: '1973-03' }), edition('b', { date: '1973-04' }), noTaste],
  ['a known date before none', edition('a', { date: '2020' }), edition('b', { date: null }), noTaste],
  ['one with a cover', edition('a'), edition('b', { coverArt: { ...edition('b').coverArt, front: false } }), noTaste],
])('%s is preferred, in whatever order they come', (_name, better, worse, taste) => {
  expect(preferredEdition([worse, better], taste, null)?.releaseId).toBe('a');
  expect(preferredEdition([better, worse], taste, null)?.releaseId).toBe('a');
});

test('the reasons end with the one that decided', () => {
  const chosen = preferredEdition([edition('a', { date: '1970' }), edition('b')], noTaste, null);

  expect(chosen?.reasons).toEqual(['it is official', 'it came out in GB', 'its format is cd', 'it came out in 1970']);
});

test('what a person has chosen wins while it is there', () => {
  const both = [edition('a'), edition('b', { status: 'bootleg' })];

  expect(preferredEdition(both, noTaste, 'b')).toMatchObject({ releaseId: 'b', isPinned: true });
  expect(preferredEdition(both, noTaste, 'gone')).toMatchObject({ releaseId: 'a', isPinned: false });
  expect(preferredEdition([], noTaste, 'b')).toBeNull();
});

test('an album shows the cover of its preferred edition, else that of its release group, else none', () => {
  const dark = edition('a', { coverArt: { front: true, back: true, count: 2, isDarkened: true } });
  const shown = edition('b', { status: 'bootleg' });
  const cover = (...editions: Candidate[]) =>
    albumCover(editions, preferredEdition(editions, noTaste, null), 'group')?.url ?? null;

  expect([cover(shown), cover(dark, shown), cover(dark)]).toEqual([
    'https://coverartarchive.org/release/mb-b/front',
    'https://coverartarchive.org/release-group/group/front',
    null,
  ]);
});
