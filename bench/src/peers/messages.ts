import type { Place } from './contestant.ts';

/** What a process of a contestant is started with: with `work` it performs jobs of `runMs` each, without it commands them. */
export type Part = {
  readonly name: string;
  /** That offers the contestant of this name. */
  readonly file: string;
  readonly place: Place;
  readonly work?: { readonly inFlight: number; readonly runMs: number };
};

/** Jobs from an index on: at a steady rate, or with so many calls under way at once. */
export type Order = { readonly from: number; readonly count: number } & (
  | { readonly perSecond: number }
  | { readonly atOnce: number }
);

/** Times in ms by one clock for all processes; `askedAt` by order, empty when there was no rate. */
export type Produced = { readonly beganAt: number; readonly acceptedAt: number; readonly askedAt: readonly number[] };

export type Ran = readonly [index: number, startedAt: number, endedAt: number];

/** One at a time. */
export type Question = 'memory' | Order;

/** What a process says: that it is ready, what has run since, or the answer to a question: resident memory in MiB, or what came of the order. */
export type Answer =
  | { readonly ready: true }
  | { readonly ran: readonly Ran[] }
  | { readonly answered: Produced | number };
