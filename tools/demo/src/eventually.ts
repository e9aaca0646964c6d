import { setTimeout as delay } from 'node:timers/promises';

const pauseMs = 50;

/** Looks until there is an answer, and hands it over. @throws when there is none within `withinMs`. */
export async function eventually<Answer>(
  what: string,
  look: () => Promise<Answer | undefined>,
  withinMs = 20_000,
): Promise<Answer> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const answer = await look();
    if (answer !== undefined) return answer;
    if (performance.now() > deadline) throw new Error(`waited ${withinMs / 1_000} s in vain: ${what}`);
    await delay(pauseMs);
  }
}
