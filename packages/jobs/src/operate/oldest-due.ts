import type { Collections } from '../record/collections.ts';
import type { JobState } from '../record/record.ts';

/** Which due job of a queue and state has been due for longest. */
export class OldestDue {
  readonly #jobs: Collections['jobs'];
  /** What was found last: it is still the oldest, or an older one is, or whoever is has become due since. */
  readonly #last = new Map<string, Date>();

  constructor({ jobs }: Collections) {
    this.#jobs = jobs;
  }

  /** @returns since when it is due, or null when none is. */
  async of(queue: string, state: JobState, now: Date): Promise<Date | null> {
    const place = `${state} ${queue}`;
    const last = this.#last.get(place);
    // Mostly it waits on, and a store that sorts before it limits has little to sort then.
    const oldest =
      (last && last < now ? await this.#before(queue, state, last) : null) ?? (await this.#before(queue, state, now));
    if (oldest) this.#last.set(place, oldest);
    else this.#last.delete(place);
    return oldest;
  }

  async #before(queue: string, state: JobState, time: Date): Promise<Date | null> {
    const [found] = await this.#jobs
      .find({ state, queue, nextRunAt: { $lte: time } }, { projection: { nextRunAt: 1 } })
      .sort({ nextRunAt: 1 })
      .limit(1)
      .toArray();
    return found?.nextRunAt ?? null;
  }
}
