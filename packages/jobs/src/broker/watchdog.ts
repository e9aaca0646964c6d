import type { Log } from '../telemetry/log.ts';
import { countResetConsumer } from '../telemetry/metrics.ts';
import { BROKER_LANES, type BrokerLane } from './topology.ts';

/** A consumer that has room and hears nothing for so many sweeps, while messages are ready, is deaf. */
const DEAF_SWEEPS = 3;

type Consumers = {
  silentForMs(queue: string, lane: BrokerLane): number | undefined;
  resetLane(lane: BrokerLane, reason: string): Promise<void>;
};

/**
 * Finds consumers that the broker has forgotten while their connection is up (a leader election, a lost cancel), and
 * sets up their channel again. What they had in hand is delivered again; the records know what of it has begun.
 */
export class Watchdog {
  readonly #consumers: Consumers;
  readonly #sweepMs: number;
  readonly #log: Log;
  readonly #suspicions = new Map<string, number>();

  constructor(parts: { consumers: Consumers; sweepMs: number; log: Log }) {
    this.#consumers = parts.consumers;
    this.#sweepMs = parts.sweepMs;
    this.#log = parts.log;
  }

  /** Looks at a queue once per sweep. @param ready messages per lane, as the broker says. */
  async look(queue: string, ready: Readonly<Record<string, number>>): Promise<void> {
    for (const lane of BROKER_LANES) {
      const key = `${queue} ${lane}`;
      const silentMs = this.#consumers.silentForMs(queue, lane) ?? 0;
      const isSuspicious = (ready[lane] ?? 0) > 0 && silentMs > DEAF_SWEEPS * this.#sweepMs;
      const times = isSuspicious ? (this.#suspicions.get(key) ?? 0) + 1 : 0;
      this.#suspicions.set(key, times);
      // Seen once, it may be somebody else's message on its way.
      if (times < 2) continue;
      this.#suspicions.delete(key);
      countResetConsumer(queue);
      this.#log.warn({ queue, lane, ready: ready[lane], silentMs }, 'consumer is deaf, its channel is set up anew');
      await this.#consumers.resetLane(lane, `nothing heard from ${queue} ${lane}`);
    }
  }
}
