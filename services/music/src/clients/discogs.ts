import { z } from 'zod';
import type { MatchCandidate } from '../domain/match-score.ts';
import { ProviderUnreadable } from './provider-errors.ts';
import type { Ask, Caller } from './provider-requests.ts';

export type Discogs = ReturnType<typeof createDiscogs>;

/** More entries under one code say that the code says little. */
const mostCandidates = 25;
const versionsOnPage = 100;
/** Of a master with more versions the others are left out: a request each would keep all albums waiting. */
const mostPages = 5;

const text = z.string().nullish();
const id = z.int().positive();
/** 0, too, says that there is none. */
const masterId = z.int().nullish();

const results = z.object({
  results: z.array(
    z.object({
      id,
      title: text,
      country: text,
      year: z.union([z.string(), z.number()]).nullish(),
      format: z.array(z.string()).nullish(),
      catno: text,
      barcode: z.array(z.string()).nullish(),
      master_id: masterId,
    }),
  ),
});

const versions = z.object({
  pagination: z.object({ pages: z.int().nonnegative() }),
  versions: z.array(
    z.object({
      id,
      title: text,
      country: text,
      released: text,
      major_formats: z.array(z.string()).nullish(),
      catno: text,
    }),
  ),
});

const entry = z.object({ master_id: masterId });

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
      return told.data.results.map(({ year, format, barcode, master_id, ...result }) => ({
        ...commonOf(result),
        year: year ? `${year}` : null,
        formats: format ?? [],
        barcodes: barcode ?? [],
        masterId: master_id ? `${master_id}` : null,
      }));
    },

    /** The master that an entry belongs to; null for one that stands alone, or is there no more. */
    async masterOf(entryId: string, caller: Caller): Promise<string | null> {
      const answer = await ask(new URL(`${url}/releases/${encodeURIComponent(entryId)}`), caller);
      const told = entry.safeParse(answer ?? {});
      if (!told.success) throw new ProviderUnreadable('discogs: a release without a readable `master_id`');
      return told.data.master_id ? `${told.data.master_id}` : null;
    },

    /** The editions of a master, at most 500; none of one that is there no more. */
    async versionsOf(master: string, caller: Caller): Promise<MatchCandidate[]> {
      const found: MatchCandidate[] = [];
      for (let page = 1; page <= mostPages; page++) {
        const query = new URLSearchParams({ page: `${page}`, per_page: `${versionsOnPage}` });
        const answer = await ask(new URL(`${url}/masters/${encodeURIComponent(master)}/versions?${query}`), caller);
        if (answer === undefined) break;
        const told = versions.safeParse(answer);
        if (!told.success) throw new ProviderUnreadable('discogs: a list without readable `versions`');
        found.push(...told.data.versions.map((version) => versionOf(version, master)));
        if (page >= told.data.pagination.pages) break;
      }
      return found;
    },
  };
}

type Told = {
  id: number;
  title?: string | null | undefined;
  country?: string | null | undefined;
  catno?: string | null | undefined;
};

const commonOf = ({ id: number, title, country, catno }: Told) => ({
  id: `${number}`,
  title: title ?? '',
  country: countries[country ?? ''] ?? null,
  catalogNumbers: catno ? catno.split(',').map((one) => one.trim()) : [],
});

/** A list of versions tells no barcodes. */
const versionOf = (
  { released, major_formats, ...told }: z.output<typeof versions>['versions'][number],
  master: string,
): MatchCandidate => ({
  ...commonOf(told),
  year: /^\d{4}/.exec(released ?? '')?.[0] ?? null,
  formats: major_formats ?? [],
  barcodes: [],
  masterId: master,
});
