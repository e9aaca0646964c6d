import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import { asError } from '../runtime/errors.ts';
import type { Log } from '../telemetry/log.ts';

export type Chore = { readonly name: string; run(): Promise<void> };

/** Runs the chores of every replica, one after the other, at jittered intervals. A failing chore harms no other. */
export class Sweeper {
  readonly #chores: readonly Chore[];
  readonly #intervalMs: number;
  readonly #log: Log;
  readonly #timers = new Set<NodeJS.Timeout>();
  #sweeping: Promise<void> | undefined;
  #isStopped = true;

  constructor(parts: { chores: readonly Chore[]; intervalMs: number; log: Log }) {
    this.#chores = parts.chores;
    this.#intervalMs = parts.intervalMs;
    this.#log = parts.log;
  }

  start(): void {
    if (!this.#isStopped) return;
    this.#isStopped = false;
    this.#next(0);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    await this.#sweeping;
  }

  /** Calls back after a while, unless the sweeper is stopped before. */
  later(job: () => void, ms: number): void {
    if (this.#isStopped) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      job();
    }, ms);
    this.#timers.add(timer);
  }

  #next(ms: number): void {
    this.later(() => {
      this.#sweeping = context
        .with(ROOT_CONTEXT, () => this.#sweep())
        .finally(() => this.#next(this.#intervalMs * (0.8 + Math.random() * 0.4)));
    }, ms);
  }

  async #sweep(): Promise<void> {
    for (const { name, run } of this.#chores) {
      if (this.#isStopped) return;
      try {
        await run();
      } catch (error) {
        this.#log.warn({ chore: name, reason: asError(error).message }, 'sweep failed, the next one tries again');
      }
    }
  }
}
