import type { Jobs } from '../runtime/jobs.ts';

const LOOK_EVERY_MS = 25;

/**
 * Waits until a queue has nothing due and nothing running; what is due later stays. The runtime must be performing.
 * For the inline twin call its own `drain`.
 * @param withinMs default 30 s.
 * @throws when work is left by then, with how much.
 */
export async function drain(jobs: Pick<Jobs, 'queue'>, queue: string, { withinMs = 30_000 } = {}): Promise<void> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const { ready, running } = await jobs.queue(queue);
    if (ready + running === 0) return;
    if (Date.now() >= deadline)
      throw new Error(`queue ${queue} is not drained after ${withinMs} ms: ${ready} due, ${running} running`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}
