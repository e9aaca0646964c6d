/** Jobs claimed for each slot beyond the one that runs in it. */
const PER_SLOT = 3;
/** On average, over a look. */
const SHORT_RUN_MS = 50;
const LOOK_MS = 250;
/** Looks without a rush until it is over. */
const CALM_LOOKS = 20;

/**
 * Whether a process claims jobs before it has a free slot for them. With jobs that take less time than their claim, its slots would
 * mostly wait for claims. With long jobs it would keep from other processes what they could begin at once. So it does in a rush: all
 * slots are taken, and runs are short.
 */
export class ClaimAhead {
  readonly #onChange: () => void;
  readonly #lookMs: number;
  #isRush = false;
  #wasFull = false;
  #runs = 0;
  #runMs = 0;
  #calmLooks = 0;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  /** @param onChange called when {@link beyond} answers differently. */
  constructor(onChange: () => void, lookMs = LOOK_MS) {
    this.#onChange = onChange;
    this.#lookMs = lookMs;
  }

  /** How many jobs may be in hand beyond these slots. */
  beyond(slots: number): number {
    return this.#isRush ? slots * PER_SLOT : 0;
  }

  /** All slots are taken. */
  full(): void {
    this.#wasFull = true;
    if (!this.#isOver) this.#timer ??= setTimeout(() => this.#look(), this.#lookMs).unref();
  }

  /** A run has taken so long. */
  ran(ms: number): void {
    this.#runs++;
    this.#runMs += ms;
  }

  /** A claimed job was given back because no slot became free in time. */
  inVain(): void {
    this.#become(false);
  }

  /** For good. */
  stop(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#isRush = false;
  }

  #look(): void {
    this.#timer = undefined;
    const [wasFull, runs, meanMs] = [this.#wasFull, this.#runs, this.#runMs / this.#runs];
    this.#wasFull = false;
    this.#runs = 0;
    this.#runMs = 0;
    if (wasFull) {
      this.#calmLooks = 0;
      // Twice as long ends a rush as begins it, so that jobs in between do not make it come and go.
      this.#become(runs > 0 && meanMs <= (this.#isRush ? SHORT_RUN_MS * 2 : SHORT_RUN_MS));
    } else if (++this.#calmLooks >= CALM_LOOKS) {
      this.#become(false);
    }
    if (this.#isRush) this.#timer ??= setTimeout(() => this.#look(), this.#lookMs).unref();
  }

  #become(isRush: boolean): void {
    if (this.#isOver || isRush === this.#isRush) return;
    this.#isRush = isRush;
    this.#calmLooks = 0;
    this.#onChange();
  }
}
