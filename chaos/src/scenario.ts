/** What a scenario has found: its figures in the order in which they are shown, and every sentence that speaks against the promise. */
export type Finding = {
  readonly figures: Readonly<Record<string, number | string>>;
  readonly faults: readonly string[];
};

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
