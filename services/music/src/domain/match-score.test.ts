import { decideMatch, type MatchCandidate, scoreOf } from './match-score.ts';

const release = {
  title: 'Anywhere',
  country: 'GB',
  date: '1973-03',
  format: 'vinyl' as const,
  labels: [{ name: 'Harvest', catalogNumber: 'SHVL 804' }],
  barcode: '0123456789012',
};

const entry = (given: Partial<MatchCandidate> = {}): MatchCandidate => ({
  id: '1',
  title: 'Somebody - Anywhere',
  country: 'GB',
  year: '1973',
  formats: ['Vinyl', 'LP'],
  catalogNumbers: ['SHVL-804'],
  barcodes: ['0 123456 789012'],
  masterId: null,
  ...given,
});

test('what all agrees scores 1, and codes are compared without spaces and dashes', () => {
  expect(scoreOf(release, entry())).toEqual({
    candidate: entry(),
    score: 1,
    reasons: ['barcode', 'catalogue number', 'country', 'year', 'format', 'title'],
  });
});

test('unknown and empty codes agree with nothing', () => {
  const codeless = { ...release, barcode: '', labels: [{ name: null, catalogNumber: null }], country: null };

  expect(scoreOf(codeless, entry({ barcodes: [''], catalogNumbers: [], country: null })).reasons).toEqual([
    'year',
    'format',
    'title',
  ]);
});

test.each([
  ['which agrees in all', {}, 'linked', 0.8],
  ['without its catalogue number', { catalogNumbers: [] }, 'review', 0.6],
  ['of another year and country', { catalogNumbers: [], country: 'US', year: '1999' }, 'none', 0.4],
  ['of another master', { masterId: '8' }, 'review', 0.5],
] as const)('an edition of the album’s master %s is decided upon by what they share', (_name, given, kind, score) => {
  const edition = entry({ barcodes: [], masterId: '7', ...given });
  const own = { ...release, masterId: '7' };

  expect([decideMatch(own, [edition]).kind, scoreOf(own, edition).score]).toEqual([kind, score]);
});

test.each([
  ['a certain match alone', [entry()], 'linked'],
  ['a certain match before a clearly worse one', [entry({ id: '2', year: '1999' }), entry()], 'linked'],
  ['two that are equally good', [entry(), entry({ id: '2' })], 'review'],
  ['a barcode alone', [entry({ country: null, year: null, formats: [], catalogNumbers: [], title: 'Else' })], 'review'],
  ['a title and a year', [entry({ barcodes: [], catalogNumbers: [] })], 'none'],
  ['nothing', [], 'none'],
])('%s is decided as %s', (_name, candidates, kind) => {
  expect(decideMatch(release, candidates).kind).toBe(kind);
});
