import type { Connection } from 'mongoose';

/**
 * The database's clock, read once per sweep, and a memory of how long the database has answered without a gap.
 * Times that decide (leases, schedules) are the same for every replica this way.
 */
export class DatabaseClock {
  #offsetMs = 0;
  #answeringSince: number | undefined;
  #lastAnswer = Number.NEGATIVE_INFINITY;
  readonly #database: Connection;

  readonly #maxSilenceMs: number;

  /** @param leaseMs answers more than half of it apart say nothing about the time between them: database or process may have stood still. */
  constructor(database: Connection, leaseMs: number) {
    this.#database = database;
    this.#maxSilenceMs = leaseMs / 2;
  }

  /** Now by the database's clock; before the first {@link sync} by this machine's. */
  now(): Date {
    return new Date(Date.now() + this.#offsetMs);
  }

  /** @throws when the database does not answer; the memory of its answers begins anew then. */
  async sync(): Promise<void> {
    const asked = Date.now();
    try {
      const { localTime } = await this.#database.getClient().db(this.#database.name).command({ hello: 1 });
      if (localTime instanceof Date) this.#correct(localTime.getTime(), asked, Date.now());
      this.answered();
    } catch (error) {
      this.failed();
      throw error;
    }
  }

  /** The answer was given some time between the two: what agrees with the clock as it is says nothing against it. */
  #correct(localTimeMs: number, askedMs: number, answeredMs: number): void {
    const offsetMs = localTimeMs - (askedMs + answeredMs) / 2;
    const uncertainMs = (answeredMs - askedMs) / 2 + 1;
    if (Math.abs(offsetMs - this.#offsetMs) > uncertainMs) this.#offsetMs = offsetMs;
  }

  answered(): void {
    const now = performance.now();
    if (this.#answeringSince === undefined || now - this.#lastAnswer > this.#maxSilenceMs) this.#answeringSince = now;
    this.#lastAnswer = now;
  }

  failed(): void {
    this.#answeringSince = undefined;
  }

  /** How long the database has answered every time it was asked, in milliseconds. */
  answeringForMs(): number {
    return this.#answeringSince === undefined ? 0 : performance.now() - this.#answeringSince;
  }
}
