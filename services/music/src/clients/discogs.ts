import { z } from 'zod';
import type { MatchCandidate } from '../domain/match-score.ts';
import { ProviderUnreadable } from './provider-errors.ts';
import type { Ask, Caller } from './provider-requests.ts';

export type Discogs = ReturnType<typeof createDiscogs>;

/** More entries under one code say that the code says little. */
const mostCandidates = 25;

const text = z.string().nullish();

const results = z.object({
  results: z.array(
    z.object({
      id: z.int(),
      title: text,
      country: text,
      year: z.union([z.string(), z.number()]).nullish(),
      format: z.array(z.string()).nullish(),
      catno: text,
      barcode: z.array(z.string()).nullish(),
    }),
  ),
});

/** Names of places there, as ISO codes here; others are compared with nothing. */
const countries: Readonly<Record<string, string>> = {
  UK: 'GB',
  US: 'US',
  Germany: 'DE',
  Japan: 'JP',
  Europe: 'XE',
  France: 'FR',
  Worldwide: 'XW',
  Netherlands: 'NL',
  Australia: 'AU',
  Canada: 'CA',
  Italy: 'IT',
  Spain: 'ES',
  Sweden: 'SE',
};

/** A Discogs-compatible provider. @param url without a trailing slash. */
export function createDiscogs({ url, ask }: { url: string; ask: Ask }) {
  return {
    /** Entries under a barcode or a catalogue number, at most 25. */
    async findBy(code: { barcode: string } | { catno: string }, caller: Caller): Promise<MatchCandidate[]> {
      const query = new URLSearchParams({ ...code, type: 'release', per_page: `${mostCandidates}` });
      const answer = await ask(new URL(`${url}/database/search?${query}`), caller);
      const told = results.safeParse(answer ?? { results: [] });
      if (!told.success) throw new ProviderUnreadable('discogs: a search without readable `results`');
      return told.data.results.map(({ id, title, country, year, format, catno, barcode }) => ({
        id: `${id}`,
        title: title ?? '',
        country: countries[country ?? ''] ?? null,
        year: year ? `${year}` : null,
        formats: format ?? [],
        catalogNumbers: catno ? catno.split(',').map((one) => one.trim()) : [],
        barcodes: barcode ?? [],
      }));
    },
  };
}
