import { stableId } from './stable-id.ts';

/** A release as MusicBrainz writes it in JSON; which of these an answer shows, its `inc` says. */
export type CatalogueRelease = { readonly id: string; readonly [field: string]: unknown };

export type CatalogueMedium = { readonly 'track-count': number; readonly [field: string]: unknown };

export type AlbumShape = {
  readonly releaseGroupId: string;
  readonly title: string;
  readonly artist: string;
  /** Tracks on each medium of the n-th release. */
  tracks(place: number): number;
};

const statuses = [
  'Official',
  'Official',
  'Official',
  'Official',
  'Promotion',
  'Bootleg',
  'Pseudo-Release',
  'Withdrawn',
];
const countries = ['GB', 'US', 'DE', 'JP', 'XE', 'FR', 'XW', null, 'NL', 'AU'];
const packagings = ['Jewel Case', 'Gatefold Cover', null, 'Digipak', 'None', 'Cardboard/Paper Sleeve'];
const labels = ['Harvest', 'Capitol Records', 'EMI', 'Toshiba EMI', 'Parlophone'];
const sleeves: readonly (readonly (string | null)[])[] = [
  ['CD'],
  ['12" Vinyl'],
  ['Digital Media'],
  ['Cassette'],
  ['CD', 'DVD-Video'],
  ['12" Vinyl', '12" Vinyl'],
  ['Enhanced CD'],
  [null],
  ['8-Track Cartridge'],
];

/** The n-th release of an album, always the same: with all the gaps, halves and surprises that real entries have. */
export function releaseOf(album: AlbumShape, place: number): CatalogueRelease {
  const id = stableId(`release ${place} of ${album.releaseGroupId}`);
  const country = pick(countries, place);
  const date = dateOf(place);
  return {
    id,
    title: place % 11 === 10 ? `${album.title} (Remastered)` : album.title,
    disambiguation: place % 6 === 5 ? `${place + 1}th pressing` : '',
    status: place % 23 === 22 ? null : pick(statuses, place),
    'status-id': place % 23 === 22 ? null : stableId(String(pick(statuses, place))),
    quality: 'normal',
    packaging: pick(packagings, place),
    country,
    date,
    'release-events': eventsOf(country, date, place),
    barcode: barcodeOf(place, album.releaseGroupId),
    asin: place % 5 === 0 ? `B0000${String(place).padStart(5, '0')}` : null,
    'text-representation': { language: place % 10 === 3 ? 'jpn' : 'eng', script: place % 10 === 3 ? 'Jpan' : 'Latn' },
    'label-info': labelsOf(place),
    media: mediaOf(album, place),
    'artist-credit': [
      { name: album.artist, joinphrase: '', artist: { id: stableId(album.artist), name: album.artist } },
    ],
    'release-group': groupOf(album),
    'cover-art-archive': coverOf(place),
    // Fields come that nobody has heard of.
    ...(place % 13 === 12 && { 'x-pressing-notes': { matrix: `A-${place}`, flags: [null, 1, 'etched'] } }),
  };
}

export const groupOf = ({ releaseGroupId, title }: Pick<AlbumShape, 'releaseGroupId' | 'title'>) => ({
  id: releaseGroupId,
  title,
  'primary-type': 'Album',
  'secondary-types': [],
  'first-release-date': '1973-03-01',
  disambiguation: '',
});

const pick = <Value>(values: readonly Value[], place: number): Value => values[place % values.length] as Value;

/** Days, months, years, and nothing: dates are as precise as somebody knew them. */
function dateOf(place: number): string {
  const year = 1973 + (place % 50);
  const month = String(1 + (place % 12)).padStart(2, '0');
  const day = String(1 + (place % 28)).padStart(2, '0');
  return pick([`${year}-${month}-${day}`, `${year}`, `${year}-${month}`, `${year}-${month}-${day}`, ''], place);
}

function eventsOf(country: string | null, date: string, place: number): unknown[] {
  if (country === null) return [{ date, area: null }];
  const first = { date, area: areaOf(country) };
  return place % 9 === 8 ? [first, { date, area: areaOf('IE') }] : [first];
}

const areaOf = (country: string) => ({ id: stableId(country), name: country, 'iso-3166-1-codes': [country] });

/** Null: nobody knows; empty: it has none. */
function barcodeOf(place: number, group: string): string | null {
  if (place % 7 === 3) return null;
  if (place % 7 === 5) return '';
  return String(BigInt(`0x${stableId(`${group} ${place}`).slice(24)}`) % 10_000_000_000_000n).padStart(13, '0');
}

function labelsOf(place: number): unknown[] {
  if (place % 8 === 7) return [];
  const label = { id: stableId(pick(labels, place)), name: pick(labels, place) };
  const first = { 'catalog-number': place % 4 === 2 ? null : `SHVL ${800 + place}`, label };
  return place % 6 === 4 ? [first, { 'catalog-number': `Q4-${11_000 + place}`, label: null }] : [first];
}

const mediaOf = (album: AlbumShape, place: number): CatalogueMedium[] =>
  pick(sleeves, place).map((format, index) => ({
    position: index + 1,
    format,
    'format-id': format && stableId(format),
    title: '',
    'track-count': album.tracks(place),
    'track-offset': 0,
  }));

const coverOf = (place: number) => ({
  artwork: place % 3 !== 2,
  front: place % 3 !== 2,
  back: place % 3 === 0,
  count: place % 3 === 2 ? 0 : 1 + (place % 4),
  darkened: place % 29 === 28,
});
