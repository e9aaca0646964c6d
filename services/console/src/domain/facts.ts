import type { ServiceName } from './service-name.ts';

type Of = { readonly service: ServiceName };

export type Queue = Of & {
  readonly name: string;
  readonly ready: number;
  readonly running: number;
  readonly later: number;
  readonly oldestWaitMs: number | null;
  readonly paused: boolean;
  readonly rates: { readonly enqueued: number; readonly started: number; readonly ended: number };
};

type Worker = Of & { readonly id: string; readonly queues: readonly string[]; readonly state: string };

type LedgerRow = Of & { readonly name: string; readonly imbalance: number };

type Breaker = Of & { readonly name: string; readonly state: string };

type DeadLetterGroup = Of & {
  readonly fingerprint: string;
  readonly name: string;
  readonly message: string;
  readonly count: number;
  readonly lastAt: string;
};

export type Pool = {
  readonly type: string;
  readonly status: string;
  readonly counts: { readonly ready: number };
  readonly metrics: { readonly hits: number; readonly misses: number };
};

/** The last hour of all queues and pools together, minute by minute; `unsent` is the backlog of notifications. */
export type LastHour = Readonly<
  Record<'ended' | 'failed' | 'backlog' | 'unsent' | 'claims', readonly (number | null)[]>
>;

/** What the services say of themselves, as far as they could be asked. */
export type Facts = {
  readonly at: Date;
  readonly services: readonly { readonly service: ServiceName; readonly reasons: readonly string[] }[];
  /** Services that could not be asked for some of it. */
  readonly away: readonly ServiceName[];
  readonly queues: readonly Queue[];
  readonly workers: readonly Worker[];
  readonly ledger: readonly LedgerRow[];
  readonly breakers: readonly Breaker[];
  readonly deadLetters: readonly DeadLetterGroup[];
  readonly pools: readonly Pool[];
  readonly history: LastHour;
};

export const sumOf = <Item>(items: readonly Item[], numberOf: (item: Item) => number): number =>
  items.reduce((sum, item) => sum + numberOf(item), 0);
