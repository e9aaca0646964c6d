/** A clock that goes only when it is told to. */
export class FakeClock {
  #nowMs: number;

  /** @param start default: the machine's time, so that it is plausible beside other times. */
  constructor(start: Date = new Date()) {
    this.#nowMs = start.getTime();
  }

  now(): Date {
    return new Date(this.#nowMs);
  }

  /** @throws RangeError when it is to go backwards. */
  advance(ms: number): void {
    if (!(ms >= 0)) throw new RangeError(`clock: ${ms} ms is no way forward; give 0 or more`);
    this.#nowMs += ms;
  }

  /** Goes on to a time; stays where it is when that is over. */
  advanceTo(time: Date): void {
    this.#nowMs = Math.max(this.#nowMs, time.getTime());
  }
}
