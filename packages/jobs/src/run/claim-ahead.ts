/** Jobs claimed for each slot beyond the one that runs in it. */
const PER_SLOT = 3;
/** On average, over a look. */
const SHORT_RUN_MS = 50;
const LOOK_MS = 250;
/** So many looks that see no rush end it: a database that pauses for breath does not. */
const MISSED_LOOKS = 8;
/** After a rush none begins for so long, what comes next may be like what ended it; after a claim in vain for longer. */
const WARY_MS = { ended: 2_000, inVain: 30_000 };

/**
 * Whether a process claims jobs before it has a free slot for them. With jobs that take less time than their claim, its slots would
 * mostly wait for claims. With long jobs it would keep from other processes what they could begin at once. So it does in a rush: all
 * slots are taken, runs are short, and as many come back as there are slots, also where a few long ones hold most of them.
 */
export class ClaimAhead {
  readonly #onChange: () => void;
  readonly #lookMs: number;
  #isRush = false;
  /** All of them were taken since the last look; 0 when they were not. */
  #fullSlots = 0;
  #waryUntil = 0;
  #runs = 0;
  #runMs = 0;
  #missedLooks = 0;
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

  /** All slots are taken. @param slots how many that are. */
  full(slots: number): void {
    this.#fullSlots = slots;
    this.#lookSoon();
  }

  /** A run has taken so long. */
  ran(ms: number): void {
    this.#runs++;
    this.#runMs += ms;
  }

  /** A claimed job was given back because no slot became free in time. */
  inVain(): void {
    this.#become(false);
    this.#waryUntil = performance.now() + WARY_MS.inVain;
  }

  /** For good. */
  stop(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#isRush = false;
  }

  /** A look sees what happens from here on. */
  #lookSoon(): void {
    if (this.#timer || this.#isOver) return;
    this.#runs = 0;
    this.#runMs = 0;
    this.#timer = setTimeout(() => this.#look(), this.#lookMs).unref();
  }

  #look(): void {
    this.#timer = undefined;
    const [slots, runs, runMs] = [this.#fullSlots, this.#runs, this.#runMs];
    this.#fullSlots = 0;
    // What keeps a rush up is half of what begins it, so that jobs in between do not make it come and go.
    const [atLeast, atMostMs] = this.#isRush ? [slots / 2, SHORT_RUN_MS * 2] : [slots, SHORT_RUN_MS];
    const isRush = slots > 0 && runs >= atLeast && runMs <= runs * atMostMs && performance.now() >= this.#waryUntil;
    this.#missedLooks = isRush ? 0 : this.#missedLooks + 1;
    if (isRush || this.#missedLooks >= MISSED_LOOKS) this.#become(isRush);
    if (this.#isRush) this.#lookSoon();
  }

  #become(isRush: boolean): void {
    if (this.#isOver || isRush === this.#isRush) return;
    this.#isRush = isRush;
    if (!isRush) this.#waryUntil = performance.now() + WARY_MS.ended;
    this.#onChange();
  }
}
