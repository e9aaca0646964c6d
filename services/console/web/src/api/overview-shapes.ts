/** What the overview answers. */
export type Figure = {
  readonly key: 'ended' | 'failing' | 'waiting' | 'dead' | 'claims' | 'unsent';
  readonly value: number | null;
  readonly unit: 'per-minute' | 'share' | 'count' | 'per-hour';
  readonly detail: string;
  readonly href: string;
  readonly points: readonly (number | null)[];
};

export type Incident = {
  readonly id: string;
  readonly severity: 'alarm' | 'warning';
  readonly title: string;
  readonly cause: string;
  readonly href: string;
  readonly remedy: { readonly label: string; readonly path: string } | null;
};

export type Overview = {
  readonly at: string;
  readonly services: readonly {
    readonly service: string;
    readonly ready: boolean;
    readonly reasons: readonly string[];
    readonly workers: number;
  }[];
  readonly figures: readonly Figure[];
  readonly incidents: readonly Incident[];
};
