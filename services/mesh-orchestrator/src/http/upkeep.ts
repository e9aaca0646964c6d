import { setTimeout as delay } from 'node:timers/promises';
import type { Outbox } from '@millrace/events';

type Log = { warn(fields: object, message: string): void };

export type Upkeep = { stop(): Promise<void> };

const untoldEveryMs = 2_000;

/** Tells what was stored and not told, because whoever stored it died or the bus was away. */
export function startUpkeep({ outboxes, log }: { outboxes: readonly Outbox[]; log: Log }): Upkeep {
  const stopping = new AbortController();
  const { signal } = stopping;
  const ended = (async () => {
    while (!signal.aborted) {
      for (const outbox of outboxes)
        await outbox.relay().catch((error: unknown) => log.warn({ err: error }, 'upkeep failed, it is tried again'));
      await delay(untoldEveryMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  })();
  return {
    async stop() {
      stopping.abort();
      await ended;
    },
  };
}
