import { setTimeout as delay } from 'node:timers/promises';
import { patienceNow } from './patience.ts';

type Patience = {
  /** On a machine that is not crowded, see {@link patienceNow}. Default 5,000 ms. */
  withinMs?: number;
  /** What is waited for, for whoever reads the failure. */
  message?: string;
  /** Between two looks; default 20 ms. */
  everyMs?: number;
};

/** What counts as "not yet": a condition may answer any of them, or throw. */
type NotYet = undefined | null | false | 0 | '';

/** Looks again and again until the condition gives something truthy, and hands that over. @throws after `withinMs`, or what that has become on a crowded machine, with the message and the condition's last answer or error as cause. */
export async function until<Answer>(
  condition: () => Answer | Promise<Answer>,
  patience: Patience = {},
): Promise<Exclude<Awaited<Answer>, NotYet>> {
  const { withinMs = 5_000, message = condition.toString(), everyMs = 20 } = patience;
  const began = performance.now();
  for (;;) {
    const { answer, error } = await look(condition);
    if (answer) return answer as Exclude<Awaited<Answer>, NotYet>;
    const waitedMs = performance.now() - began;
    if (waitedMs >= withinMs * patienceNow()) {
      const last = error === undefined ? `last answer: ${JSON.stringify(answer)}` : `last error: ${error}`;
      const waited = `waited ${Math.round(waitedMs)} ms`;
      throw new Error(`not within ${withinMs} ms: ${message} (${last}; ${waited})`, { cause: error });
    }
    await delay(everyMs);
  }
}

async function look<Answer>(
  condition: () => Answer | Promise<Answer>,
): Promise<{ answer?: Awaited<Answer>; error?: unknown }> {
  try {
    return { answer: await condition() };
  } catch (error) {
    return { error };
  }
}
