import { setTimeout as delay } from 'node:timers/promises';
import type { JobDefinition } from '../define/define-job.ts';
import { done } from '../define/outcome.ts';
import { testJob } from './test-job.ts';
import { type KeyedEffects, type WorkerWish, work } from './worker-under-test.ts';

/** Whoever sees so much time pass between two looks at the clock has stood still for longer than a lease. */
const OVERSLEPT_MS = 1_500;
const LOOK_EVERY_MS = 100;

/**
 * The jobs of workers that stand still, are cut off or hold their event loop. Their effects have keys, as those of every
 * job must that may be rescued; who tries one for the second time leaves `repeated` in the database.
 */
export function faultJobs(who: string, effects: KeyedEffects): JobDefinition[] {
  const once = async (rootId: string, step: string) => {
    const isFirst = await effects.once(`${rootId}:${step}`, { who, at: new Date() });
    if (!isFirst) await effects.insert({ jobId: rootId, who, what: 'repeated', step });
  };
  const onEnd: JobDefinition['onEnd'] = (_job, end) => ({
    events: [{ type: 'order.over', version: 1, data: { state: end.state } }],
  });
  return [
    testJob(
      'order.stepped',
      async ({ jobId, rootId, payload, meta, progress }) => {
        await effects.insert({ jobId, who, what: 'started' });
        await once(rootId, 'reserve');
        let lookedAt = Date.now();
        while (!(await effects.isOpen(payload['gate']))) {
          await delay(LOOK_EVERY_MS);
          if (Date.now() - lookedAt > OVERSLEPT_MS) progress(0.99, `${who} overslept`);
          meta({ seenBy: who });
          lookedAt = Date.now();
        }
        progress(0.98, `${who} is nearly done`);
        await once(rootId, 'pack');
        await effects.insert({ jobId, who, what: 'returned' });
        return done({ result: who });
      },
      { onEnd, contract: { maxAttempts: 1 } },
    ),
    testJob(
      'order.blocking',
      async ({ jobId, rootId, payload }) => {
        await effects.insert({ jobId, who, what: 'started' });
        await once(rootId, 'reserve');
        if (who.startsWith(String(payload['blocks']))) blockFor(Number(payload['blockMs']));
        await once(rootId, 'pack');
        await effects.insert({ jobId, who, what: 'returned' });
        return done({ result: who });
      },
      { onEnd, contract: { maxAttempts: 1 } },
    ),
    testJob('order.patient', async ({ jobId, signal }) => {
      await effects.insert({ jobId, who, what: 'started' });
      signal.addEventListener('abort', () => void effects.insert({ jobId, who, what: String(signal.reason) }));
      while (!signal.aborted) {
        await effects.insert({ jobId, who, what: 'worked' });
        await delay(LOOK_EVERY_MS);
      }
      throw new Error('stopped');
    }),
  ];
}

/** Nothing else of this process runs meanwhile: no timer, no heartbeat, no answer. */
function blockFor(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

if (import.meta.url === `file://${process.argv[1]}`)
  await work(JSON.parse(process.argv[2] ?? '{}') as WorkerWish, faultJobs);
