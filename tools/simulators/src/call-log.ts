/** One call as the simulator has met it. */
export type LoggedCall = {
  readonly operation: string;
  readonly path: string;
  /** When it arrived, in milliseconds by a clock that never jumps. */
  readonly atMs: number;
};

/** The judge of rate limits: when calls have arrived, and how close two of them came. */
export class CallLog {
  readonly #calls: LoggedCall[] = [];

  note(operation: string, path: string): void {
    this.#calls.push({ operation, path, atMs: performance.now() });
  }

  all(): readonly LoggedCall[] {
    return [...this.#calls];
  }

  counts(): Record<string, number> {
    const groups = Map.groupBy(this.#calls, ({ operation }) => operation);
    return Object.fromEntries([...groups].map(([operation, calls]) => [operation, calls.length]));
  }

  /** The time between the two calls that came closest, in milliseconds; infinite for fewer than two. */
  smallestGapMs(): number {
    const gaps = this.#calls.slice(1).map(({ atMs }, place) => atMs - (this.#calls[place]?.atMs ?? 0));
    return Math.min(Number.POSITIVE_INFINITY, ...gaps);
  }
}
