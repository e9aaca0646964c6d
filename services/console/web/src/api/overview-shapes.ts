import type { Incident } from '../../../src/domain/incidents.ts';
import type { Figure } from '../../../src/domain/overview.ts';

/** What the overview answers. */
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
