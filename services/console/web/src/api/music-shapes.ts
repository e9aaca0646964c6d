import type { Dated } from './product-shapes.ts';
import type { Failure } from './shapes.ts';

export type Album = Dated & {
  readonly title: string;
  readonly artists: readonly string[];
  readonly importStatus: string;
  readonly importJobId: string;
  readonly musicbrainzReleaseGroupId: string | null;
  readonly failure: Failure | null;
  readonly releaseCount: number;
  readonly importedAt: string | null;
  readonly cover: { readonly url: string; readonly thumbnails: Readonly<Record<string, string>> } | null;
};

export type Release = Dated & {
  readonly title: string;
  readonly status: string | null;
  readonly format: string;
  readonly date: string | null;
  readonly country: string | null;
  readonly barcode: string | null;
  readonly labels: readonly { readonly name: string | null; readonly catalogNumber: string | null }[];
  readonly media: readonly { readonly trackCount: number }[];
  readonly musicbrainzId: string;
  readonly removed: { readonly reason: string } | null;
};

export type AlbumImport = Dated & {
  readonly jobId: string;
  readonly occasion: string;
  readonly state: string;
  readonly received: number;
  readonly total: number | null;
  readonly result: Readonly<Record<'created' | 'updated' | 'unchanged' | 'removed' | 'skipped', number>> | null;
  readonly failure: Failure | null;
  readonly endedAt: string | null;
};

export type ReleaseMatch = Dated & {
  readonly albumId: string;
  readonly releaseTitle: string;
  readonly provider: string;
  readonly candidate: {
    readonly title: string;
    readonly country: string | null;
    readonly year: string | null;
    readonly formats: readonly string[];
  };
  readonly score: number;
  readonly reasons: readonly string[];
  readonly state: string;
};

export type ProviderState = {
  readonly id: string;
  readonly name: string;
  readonly url: string;
  readonly budget: {
    readonly intervalMs: number;
    readonly isBusy: boolean;
    readonly waitingHere: number;
    readonly requests: number;
    readonly failures: number;
    readonly lastAnswerAt: string | null;
  };
  readonly breaker: { readonly state: string; readonly openUntil: string | null; readonly openings: number };
};

export type Provider = ProviderState & {
  readonly queue: { readonly waiting: number; readonly running: number; readonly etaMs: number };
  readonly others: readonly ProviderState[];
};
