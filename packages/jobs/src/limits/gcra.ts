/** `max` starts in any `perMs`, `burst` of them at once. */
export type Rate = { readonly max: number; readonly perMs: number; readonly burst: number };

/** When starts are allowed, and what stands in the gate after them. Times in milliseconds. */
export type Grants = { readonly at: readonly number[]; readonly freeAtMs: number };

/**
 * The generic cell rate algorithm. Pure.
 *
 * Of `max` starts in any half-open span of `perMs`, `burst` may come at once and the others follow evenly: a span sees at
 * most the burst and `max − burst` that fell due within it.
 * @param freeAtMs what the last call gave back; anything in the past for a gate never used.
 * @param wanted how many would start.
 * @param untilMs the latest start of interest, so that a few can be promised ahead of time.
 * @returns the start times, not before now, in order.
 */
export function grantStarts(rate: Rate, freeAtMs: number, nowMs: number, wanted: number, untilMs = nowMs): Grants {
  const stepMs = intervalMs(rate);
  const slackMs = (rate.burst - 1) * stepMs;
  const at: number[] = [];
  let free = freeAtMs;
  for (let count = 0; count < wanted; count++) {
    const base = Math.max(free, nowMs);
    const startMs = Math.max(nowMs, base - slackMs);
    if (startMs > untilMs) break;
    at.push(startMs);
    free = base + stepMs;
  }
  return { at, freeAtMs: free };
}

/** The earliest next start, not before now. */
export function nextStartMs(rate: Rate, freeAtMs: number, nowMs: number): number {
  return Math.max(nowMs, freeAtMs - (rate.burst - 1) * intervalMs(rate));
}

/** Starts that the gate remembers: 0 after a pause, `burst` when nothing is left. */
export function spent(rate: Rate, freeAtMs: number, nowMs: number): number {
  return Math.min(rate.burst, Math.max(0, Math.ceil((freeAtMs - nowMs) / intervalMs(rate))));
}

/** In 1024ths of a millisecond, rounded up: these add up without an error in a double, as thirds would not. */
const intervalMs = ({ max, perMs, burst }: Rate) => Math.ceil((perMs * 1_024) / (max - burst + 1)) / 1_024;
