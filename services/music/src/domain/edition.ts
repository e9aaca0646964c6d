import type { PartialDate } from './partial-date.ts';
import type { ReleaseFormat } from './release-format.ts';

export const releaseStatuses = [
  'official',
  'promotion',
  'bootleg',
  'pseudo-release',
  'withdrawn',
  'expunged',
  'cancelled',
] as const;
export type ReleaseStatus = (typeof releaseStatuses)[number];

type Label = { readonly name: string | null; readonly catalogNumber: string | null };
type Medium = {
  readonly position: number;
  /** In the provider's words, e.g. `12" Vinyl`. */
  readonly format: string | null;
  readonly title: string;
  readonly trackCount: number;
};
export type CoverFlags = {
  readonly front: boolean;
  readonly back: boolean;
  readonly count: number;
  /** Taken down: nothing of it may be shown. */
  readonly isDarkened: boolean;
};

/** What a release says of itself, whoever tells it. */
export type EditionFields = PartialDate & {
  readonly title: string;
  readonly disambiguation: string;
  readonly status: ReleaseStatus | null;
  readonly format: ReleaseFormat;
  readonly country: string | null;
  /** Where it came out, the main country first; from all its release events. */
  readonly countries: readonly string[];
  /** Null: nobody knows; empty: it has none. */
  readonly barcode: string | null;
  readonly packaging: string | null;
  readonly language: string | null;
  readonly script: string | null;
  readonly asin: string | null;
  readonly labels: readonly Label[];
  readonly media: readonly Medium[];
  readonly coverArt: CoverFlags;
};

/** A release as a provider has it, with its own words beside ours. */
export type Edition = {
  readonly id: string;
  readonly fields: EditionFields;
  /** Everything that the provider said, unknown fields and nulls included. */
  readonly payload: Readonly<Record<string, unknown>>;
};

/** What could not be read as a release. */
export type BadEdition = { readonly id: string | null; readonly reason: string };
