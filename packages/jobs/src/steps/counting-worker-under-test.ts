import { setTimeout as delay } from 'node:timers/promises';
import type { JobDefinition, Run } from '../define/define-job.ts';
import { done } from '../define/outcome.ts';
import { testJob } from '../under-test/test-job.ts';
import { type effectsIn, type WorkerWish, work } from '../under-test/worker-under-test.ts';

const EVERY_MS = 10;

/** A job that counts to its payload's `total`: each number is an effect, and a checkpoint after it. A step comes first. And one whose worker dies while it charges. */
export const countingJobs = (who: string, effects: ReturnType<typeof effectsIn>): JobDefinition[] => [
  testJob('order.count', async ({ payload, jobId, step, signal, ...run }: Run<Record<string, unknown>>) => {
    await step('prepare', () => effects.insert({ jobId, who, what: 'prepared' }));
    const from = Number(run.cursor ?? 0);
    for (let i = from; i < Number(payload['total']) && !signal.aborted; i++) {
      await effects.insert({ jobId, who, what: 'counted', i });
      await run.checkpoint(i + 1);
      await delay(EVERY_MS);
    }
    signal.throwIfAborted();
    return done({ result: { from } });
  }),
  testJob('order.charge', async ({ jobId, once }) => {
    await once('charge', async () => {
      await effects.insert({ jobId, who, what: 'charged' });
      process.kill(process.pid, 'SIGKILL');
      await new Promise(() => undefined);
    });
    return done();
  }),
];

if (import.meta.url === `file://${process.argv[1]}`)
  await work(JSON.parse(process.argv[2] ?? '{}') as WorkerWish, countingJobs);
