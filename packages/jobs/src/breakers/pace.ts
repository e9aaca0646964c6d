const WINDOW_S = 10;
/** Fewer calls a second are no load that anybody has to be spared. */
const LEAST_USUAL = 2;
const SECOND_MS = 1_000;
/** Jobs that were held back return at this share of what was usual, beside what comes anyway: together below twice as much. */
const RETURN_SHARE = 0.5;
const CEILING_SHARE = 1.5;
/** A dependency that has answered for so many times the length of its outage needs no care any more. */
const CARE_OUTAGES = 3;

/** How fast one process calls a dependency: what was usual, and how those that were held back come again. All times by one clock, in ms. */
export class Pace {
  readonly #longestMs: number;
  readonly #random: () => number;
  readonly #seconds = new Map<number, number>();
  #recent: number[] = [];
  #usual: number | undefined;
  #openedAt = 0;
  #careUntil = 0;
  #nextTicketAt = 0;

  /** @param longestMs within this all come back, however many there are and however little was usual. */
  constructor({ longestMs, random = Math.random }: { longestMs: number; random?: () => number }) {
    this.#longestMs = longestMs;
    this.#random = random;
  }

  /** Whether one more call may begin now; when it may, it counts as begun. Only after an outage it may not. */
  mayCall(now: number): boolean {
    if (now < this.#careUntil && !this.#isBelowCeiling(now)) return false;
    const second = Math.floor(now / SECOND_MS);
    this.#seconds.set(second, (this.#seconds.get(second) ?? 0) + 1);
    for (const old of this.#seconds.keys()) if (old <= second - WINDOW_S) this.#seconds.delete(old);
    return true;
  }

  #isBelowCeiling(now: number): boolean {
    this.#recent = this.#recent.filter((at) => at > now - SECOND_MS);
    if (this.#recent.length >= Math.floor((this.#usual ?? LEAST_USUAL) * CEILING_SHARE)) return false;
    this.#recent.push(now);
    return true;
  }

  /** Over the last ten seconds, or since the first call when that is less; undefined without any call. */
  callsPerSecond(now: number): number | undefined {
    const second = Math.floor(now / SECOND_MS);
    const seen = [...this.#seconds].filter(([at]) => at > second - WINDOW_S);
    const first = seen[0];
    if (!first) return undefined;
    const calls = seen.reduce((sum, [, count]) => sum + count, 0);
    return calls / Math.max(1, now / SECOND_MS - first[0]);
  }

  /** @param otherwise calls a second elsewhere, for a process that has called nobody yet. */
  opened(now: number, otherwise: number): void {
    if (this.#openedAt === 0) {
      if (now >= this.#careUntil) this.#usual = Math.max(LEAST_USUAL, this.callsPerSecond(now) ?? otherwise);
      this.#openedAt = now;
    }
    this.#nextTicketAt = 0;
  }

  closed(now: number): void {
    if (this.#openedAt === 0) return;
    this.#careUntil = now + Math.min(this.#longestMs, CARE_OUTAGES * (now - this.#openedAt));
    this.#openedAt = 0;
  }

  /** When a job that is held back now should come again: one after the other, never before `earliest`. */
  ticket(earliest: number): number {
    const everyMs = SECOND_MS / ((this.#usual ?? LEAST_USUAL) * RETURN_SHARE);
    const at = Math.max(earliest, this.#nextTicketAt);
    if (at > earliest + this.#longestMs) return Math.round(earliest + this.#random() * this.#longestMs);
    this.#nextTicketAt = at + everyMs;
    return Math.round(at + this.#random() * everyMs);
  }
}
