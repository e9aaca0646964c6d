import { type Envelope, read } from '../broker/envelope.ts';
import type { Delivery } from '../broker/worker-link.ts';
import type { Limits } from '../limits/limits.ts';
import { asError } from '../runtime/errors.ts';
import { ClaimAhead } from './claim-ahead.ts';
import { ClaimedRuns, type Parts as RunParts } from './claimed-runs.ts';
import type { Claims } from './claims.ts';
import { Lanes, type Picked, type Share } from './lanes.ts';
import { RunSlots, type SlotHold } from './run-slots.ts';
import type { Strangers } from './strangers.ts';

type Ready = { readonly delivery: Delivery; readonly envelope: Envelope };

type Parts = RunParts & {
  claims: Claims;
  limits: Limits;
  strangers: Strangers;
  concurrency: number;
  /** How a queue takes part in this process, see {@link Lanes}. */
  shareOf(queue: string): Share;
  /** For suspects: keeps all else from running in this process, until what it gives is called. A crash is then theirs alone. */
  reserve?: () => Promise<() => void>;
  /** {@link Runner.inHand} has changed. Absent: nothing is claimed ahead. */
  onInHand?: () => void;
};

/** A delivery that is begun: it counts for its queue, and holds a slot while its job runs. */
type Place = { readonly slot: SlotHold; leave(): void };

/** Turns deliveries into runs: at most `concurrency` at once, picked from the lanes by weight. */
export class Runner {
  readonly #parts: Parts;
  readonly #lanes: Lanes<Ready>;
  readonly #busy = new Set<Promise<void>>();
  #isQuiet = false;
  #reservations = 0;
  readonly #runs: ClaimedRuns;
  readonly #slots: RunSlots;
  readonly #ahead: ClaimAhead;
  #begun = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#runs = new ClaimedRuns(parts);
    this.#slots = new RunSlots(parts.concurrency);
    this.#ahead = new ClaimAhead(() => {
      parts.onInHand?.();
      this.#pump();
    });
    if (!parts.onInHand) this.#ahead.stop();
    this.#lanes = new Lanes((queue) => parts.shareOf(queue));
  }

  /** How many jobs this process has in hand at once: those that run, and in a rush those that are claimed ahead. */
  get inHand(): number {
    return this.#slots.count + this.#ahead.beyond(this.#slots.count);
  }

  /** Takes a delivery from a lane; what nobody can read goes to the dead letters. */
  accept(delivery: Delivery): void {
    const reading = read(delivery.body, delivery.type, this.#parts.definitions);
    if (!reading.ok) {
      if (reading.envelope && this.#isQuiet) delivery.giveBack();
      else if (reading.envelope) this.#ask(delivery, reading.envelope, reading);
      else this.#refuse(delivery, reading);
    } else if (this.#isQuiet) {
      delivery.giveBack();
    } else {
      this.#line({ delivery, envelope: reading.envelope });
    }
  }

  /** What comes from no lane is a lane of its own. */
  #line(ready: Ready): void {
    const { source, queue } = ready.delivery;
    this.#lanes.push(source?.queue ?? queue, source?.lane ?? 'std', ready);
    this.#pump();
  }

  #refuse(delivery: Delivery, { reason, detail }: { reason: string; detail: string }): void {
    const { queue, messageId } = delivery;
    this.#parts.log.warn({ queue, messageId, reason, detail }, 'unreadable message');
    delivery.reject();
  }

  /** Not understood here, but perhaps by a newer release: the record knows. */
  #ask(delivery: Delivery, envelope: Envelope, why: { reason: string; detail: string }): void {
    const asking = this.#parts.strangers
      .judge(envelope)
      .then((verdict) => {
        if (verdict === 'record-missing') return this.#refuse(delivery, why);
        if (verdict !== 'perform') return delivery.ack();
        if (this.#isQuiet) return delivery.giveBack();
        this.#line({ delivery, envelope });
      })
      .catch((error: unknown) => {
        this.#parts.log.warn({ jobId: envelope.jobId, reason: asError(error).message }, 'message given back');
        delivery.giveBack();
      })
      .finally(() => this.#busy.delete(asking));
    this.#busy.add(asking);
  }

  /** Forgets what was delivered but not begun: the broker delivers it again, here or elsewhere. */
  forget(): void {
    this.#lanes.takeAll(({ delivery }) => delivery.isLost);
  }

  /** Gives back what of a queue was delivered but not begun. */
  giveBack(queue: string): void {
    for (const { delivery } of this.#lanes.takeAll((ready) => ready.delivery.source?.queue === queue))
      delivery.giveBack();
  }

  /** Begins nothing more, for good, and gives back what was not begun, claimed or not. What runs, runs on. */
  quiet(): void {
    this.#isQuiet = true;
    this.#ahead.stop();
    this.#slots.close();
    for (const { delivery } of this.#lanes.takeAll()) delivery.giveBack();
  }

  /** Looks again at what may run: the shares of the queues have changed, or the number of slots. */
  review(concurrency: number = this.#slots.count): void {
    this.#slots.resize(concurrency);
    this.#pump();
  }

  /** Waits for what runs, at most `drainMs`; what runs on is aborted, released without spending an attempt, and left. */
  async drain(drainMs: number): Promise<void> {
    this.quiet();
    await withinMs(drainMs, () => this.#idle());
    this.#runs.abortAll('shutdown');
    await withinMs(this.#parts.timing.abortGraceMs * 2, () => this.#idle());
  }

  /** Starts nothing more until it is released; resolves when all that ran has ended. */
  async reserve(): Promise<() => void> {
    this.#reservations++;
    await this.#idle();
    return () => {
      this.#reservations--;
      this.#pump();
    };
  }

  async #idle(): Promise<void> {
    while (this.#busy.size > 0) await Promise.allSettled([...this.#busy]);
  }

  #pump(): void {
    while (!this.#isQuiet && this.#reservations === 0 && this.#begun < this.inHand) {
      const picked = this.#lanes.pick();
      if (!picked) return;
      this.#begun++;
      if (this.#begun >= this.#slots.count) this.#ahead.full(this.#slots.count);
      const busy = this.#process(picked)
        .catch((error: unknown) => this.#giveUp(picked.item, error))
        .finally(() => this.#busy.delete(busy));
      this.#busy.add(busy);
    }
  }

  /** The life of one delivery. */
  async #process({ item: { delivery, envelope }, queue }: Picked<Ready>): Promise<void> {
    const { limits } = this.#parts;
    const place = this.#takePlace(queue);
    const release = await this.#parts.reserve?.();
    try {
      // What a limit lets in holds a place of everybody's: it is asked for by who can begin at once.
      const mayAsk = !limits.concern(delivery.type) || (await this.#takeSlot(place));
      if (this.#isQuiet || !mayAsk) return delivery.giveBack();
      const admission = await limits.admit(envelope, delivery.type);
      if (admission?.kind === 'held-back') return delivery.ack();
      const claim = await this.#parts.claims.claim(envelope, release !== undefined, delivery.source?.queue);
      if (claim.kind !== 'won') void limits.giveBack(envelope, admission);
      if (claim.kind === 'won')
        await this.#runs.run(claim.record, {
          begin: async (signal) => (await this.#takeSlot(place, signal)) && !this.#parts.shareOf(queue).isPaused,
          onReturn: release ? stay : () => leave(delivery, place),
        });
      if (claim.kind === 'early') await this.#parts.dispatcher.dispatch(claim.record);
      if (claim.kind === 'record-missing') return delivery.reject();
      delivery.ack();
    } finally {
      release?.();
      place.leave();
    }
  }

  /** The record goes on without the message: it is due again in time, or its lease expires. Kept unacknowledged, it would hold a place for ever. */
  #giveUp({ delivery, envelope }: Ready, error: unknown): void {
    this.#parts.log.error({ err: error, jobId: envelope.jobId }, 'delivery given up; the sweeper brings the job back');
    if (this.#isQuiet) delivery.giveBack();
    else delivery.ack();
  }

  /** @returns false when none became free: what waits for it is given back. */
  async #takeSlot({ slot }: Place, signal?: AbortSignal): Promise<boolean> {
    const isHeld = await slot.take(signal);
    if (!isHeld && !this.#isQuiet && !signal?.aborted) this.#ahead.inVain();
    return isHeld;
  }

  #takePlace(queue: string): Place {
    const slot = this.#slots.hold((heldMs) => this.#ahead.ran(heldMs));
    let isTaken = true;
    return {
      slot,
      leave: () => {
        if (!isTaken) return;
        isTaken = false;
        slot.leave();
        this.#begun--;
        this.#lanes.done(queue);
        this.#pump();
      },
    };
  }
}

/**
 * The message has asked for a claim, and that stands in the record: who takes over from here on is found by its lease, not by the message.
 * So the place is free, at the broker too, and the end of this job and the claim of the next share a write.
 */
function leave(delivery: Delivery, place: Place): void {
  delivery.ack();
  place.leave();
}

/** Nothing begins beside a suspect before its end is written: a crash would be its own. */
const stay = (): void => undefined;

async function withinMs(ms: number, work: () => Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([work(), new Promise((resolve) => (timer = setTimeout(resolve, ms)))]);
  clearTimeout(timer);
}
