/** What no harm may cost. A column is left out where a scenario counts nothing of the kind. */
export type Counts = { readonly lost?: number; readonly doubled?: number; readonly imbalance?: number };

/** What a scenario has found: its figures in the order in which they are shown, and every sentence that speaks against the promise. */
export type Finding = {
  readonly counts?: Counts;
  readonly figures: Readonly<Record<string, number | string>>;
  readonly faults: readonly string[];
  /** Spoilings of what it has left, with which it has shown that its judge can fail. */
  readonly planted?: readonly Spoiling[];
};

/** The fault of a scenario that has judged nothing, because it could not go on. */
export const brokenOff = (error: unknown): string => `it broke off: ${error instanceof Error ? error.message : error}`;
export const isBrokenOff = (fault: string): boolean => fault.startsWith('it broke off: ');

/** Harm that was done on purpose, and the first fault that spoke of it; none when nobody saw it. */
export type Spoiling = { readonly name: string; readonly what: string; readonly said?: string };

export type ScenarioRun = {
  readonly seed: number;
  readonly isLong: boolean;
  /** Deleted after the run unless a fault was found. */
  readonly directory: string;
  say(line: string): void;
};

/** One way to do harm, and what has to hold all the same. */
export type Scenario = {
  /** `T3`, as in the table of docs/reliability.md; a run is chosen by it. */
  readonly name: string;
  readonly title: string;
  /** What has to hold, in one sentence. */
  readonly promise: string;
  run(run: ScenarioRun): Promise<Finding>;
};

/** A scenario with what came of it. */
export type Outcome = Pick<Scenario, 'name' | 'title' | 'promise'> & Finding & { readonly tookMs: number };
