import type { Delivery } from './delivery.ts';
import type { Slots } from './slots.ts';
import { streamLimits } from './topology.ts';

type Message = {
  readonly subject: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly messageId: string;
};

/** Whoever takes deliveries of a durable; several share it. */
export type Hearer = { readonly slots: Slots; process(delivery: Delivery): Promise<unknown> };

type Waiting = { readonly message: Message; readonly deliveries: number };

type Durable = { readonly subject: string; queue: Waiting[]; readonly hearers: Set<Hearer>; open: number };

/** JetStream's part in memory: a stream with a duplicate window, and durables that remember what was answered. */
export class InlineStream {
  #messages: Message[] = [];
  readonly #durables = new Map<string, Durable>();
  readonly #seen = new Map<string, number>();
  readonly #timers = new Map<NodeJS.Timeout, Durable>();
  #changed = Promise.withResolvers<void>();

  add(message: Message): void {
    if (this.#isDuplicate(message.messageId)) return;
    this.#messages.push(message);
    for (const durable of this.#durables.values()) {
      if (durable.subject === message.subject) this.#enqueue(durable, { message, deliveries: 1 });
    }
  }

  /** A new durable starts with the oldest message. */
  join(name: string, subject: string, hearer: Hearer): void {
    const durable = this.#durables.get(name) ?? this.#createDurable(name, subject);
    durable.hearers.add(hearer);
    this.#deliver(durable);
  }

  leave(name: string, hearer: Hearer): void {
    this.#durables.get(name)?.hearers.delete(hearer);
    this.#change();
  }

  wipe(): void {
    this.#messages = [];
    this.#seen.clear();
    for (const timer of this.#timers.keys()) clearTimeout(timer);
    this.#timers.clear();
    for (const durable of this.#durables.values()) durable.queue = [];
    this.#change();
  }

  async settled(): Promise<void> {
    while (this.#isBusy()) await this.#changed.promise;
  }

  #isDuplicate(messageId: string): boolean {
    const now = Date.now();
    const seenAt = this.#seen.get(messageId);
    if (seenAt !== undefined && now - seenAt < streamLimits.duplicateWindowMs) return true;
    this.#seen.set(messageId, now);
    return false;
  }

  #createDurable(name: string, subject: string): Durable {
    const queue = this.#messages
      .filter((message) => message.subject === subject)
      .map((message) => ({ message, deliveries: 1 }));
    const durable = { subject, queue, hearers: new Set<Hearer>(), open: 0 };
    this.#durables.set(name, durable);
    return durable;
  }

  #enqueue(durable: Durable, waiting: Waiting): void {
    durable.queue.push(waiting);
    this.#deliver(durable);
  }

  #deliver(durable: Durable): void {
    for (const hearer of durable.hearers) {
      while (hearer.slots.free > 0) {
        const waiting = durable.queue.shift();
        if (!waiting) return;
        this.#hand(waiting, hearer, durable);
      }
    }
  }

  #hand(waiting: Waiting, hearer: Hearer, durable: Durable): void {
    durable.open++;
    const process = async () => {
      await hearer.process(this.#deliveryOf(waiting, durable));
    };
    void hearer.slots.run(process).then(() => {
      durable.open--;
      this.#deliver(durable);
      this.#change();
    });
  }

  #deliveryOf({ message, deliveries }: Waiting, durable: Durable): Delivery {
    return {
      ...message,
      body: new TextEncoder().encode(message.body),
      deliveries,
      ack() {},
      drop() {},
      keepAlive() {},
      retry: (delayMs) => this.#later(delayMs, durable, { message, deliveries: deliveries + 1 }),
    };
  }

  #later(delayMs: number, durable: Durable, waiting: Waiting): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#enqueue(durable, waiting);
      this.#change();
    }, delayMs);
    timer.unref();
    this.#timers.set(timer, durable);
  }

  #isBusy(): boolean {
    const waiting = new Set(this.#timers.values());
    return [...this.#durables.values()].some(
      (durable) => durable.open > 0 || (durable.hearers.size > 0 && (durable.queue.length > 0 || waiting.has(durable))),
    );
  }

  #change(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}
