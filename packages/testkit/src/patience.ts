import { availableParallelism, loadavg } from 'node:os';

/** However crowded the machine is: a test that hangs has to end. */
export const MOST_PATIENCE = 6;

/**
 * By how much longer than on a free machine something may take now: as many times as there are processes that want to run
 * for each core, at least 1 and at most {@link MOST_PATIENCE}. Bounds in tests tell what hangs from what works, and not
 * fast from slow.
 */
export function patienceNow(): number {
  const [lastMinute = 0] = loadavg();
  return Math.min(MOST_PATIENCE, Math.max(1, lastMinute / availableParallelism()));
}
