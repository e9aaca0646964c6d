import { setTimeout as delay } from 'node:timers/promises';
import type { Reporter } from './program.ts';

const shortestPauseMs = 500;
const longestPauseMs = 30_000;
// Who has lived this long was not ended by what ended it before.
const calmAfterMs = 60_000;

/** Something that can end by itself and be started again. */
export type Unit = {
  readonly name: string;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Resolves with the reason when it ends. */
  ended(): Promise<string>;
};

/** Starts a unit again whenever it ends, first after 0.5 s, then after twice as long each time up to 30 s. `stop` ends both the unit and the watching. */
export function keepAlive(unit: Unit, report: Reporter, onChange: () => void = () => {}): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const watching = watch(unit, report, onChange, stopping.signal);
  return {
    stop: async () => {
      stopping.abort();
      await unit.stop();
      await watching;
      // A start that was under way when the stop came.
      await unit.stop();
    },
  };
}

async function watch(unit: Unit, report: Reporter, onChange: () => void, signal: AbortSignal): Promise<void> {
  let pauseMs = shortestPauseMs;
  while (!signal.aborted) {
    const startedAt = Date.now();
    const reason = await unit.ended();
    if (signal.aborted) return;
    if (Date.now() - startedAt > calmAfterMs) pauseMs = shortestPauseMs;
    pauseMs = await startAgain(unit, reason, pauseMs, report, signal);
    onChange();
  }
}

/** @returns the pause before the next start, should it end again. */
async function startAgain(
  unit: Unit,
  reason: string,
  firstPauseMs: number,
  report: Reporter,
  signal: AbortSignal,
): Promise<number> {
  let why = reason;
  for (let pauseMs = firstPauseMs; !signal.aborted; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
    report(`${unit.name}: ${why}; it starts again in ${pauseMs} ms`);
    await delay(pauseMs, undefined, { signal }).catch(() => {});
    if (signal.aborted) break;
    const failure = await unit.start().then(() => undefined, String);
    if (!failure) {
      report(`${unit.name}: runs again`);
      return Math.min(2 * pauseMs, longestPauseMs);
    }
    why = failure;
  }
  return shortestPauseMs;
}
