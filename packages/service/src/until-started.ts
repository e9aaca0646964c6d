import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';

/** Tries to start a part until it succeeds or the signal aborts, waiting 0.25 s at first and at most 5 s. Never rejects. */
export async function untilStarted(
  start: () => Promise<void>,
  { part, log, signal }: { part: string; log: Logger; signal: AbortSignal },
): Promise<void> {
  for (let waitMs = 250; !signal.aborted; waitMs = Math.min(5_000, waitMs * 2)) {
    try {
      return await start();
    } catch (error) {
      if (signal.aborted) return;
      log.warn({ err: error, part, waitMs }, 'part not started, trying again');
      await delay(waitMs, undefined, { signal }).catch(() => undefined);
    }
  }
}
