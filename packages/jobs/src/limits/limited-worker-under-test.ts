import { setTimeout as delay } from 'node:timers/promises';
import type { JobDefinition } from '../define/define-job.ts';
import { concurrency } from '../define/limit-rules.ts';
import { done } from '../define/outcome.ts';
import { testJob } from '../under-test/test-job.ts';
import { type Effects, type WorkerWish, work } from '../under-test/worker-under-test.ts';

export const LIMITED = { name: 'order.limited', max: 3, runMs: 40 };

/** Writes down when each of its runs begins and ends, and who makes it. */
function limitedJobs(who: string, effects: Effects): JobDefinition[] {
  return [
    testJob(
      LIMITED.name,
      async ({ jobId, signal }) => {
        await effects.insert({ jobId, who, what: 'start' });
        await delay(LIMITED.runMs);
        await effects.insert({ jobId, who, what: 'stop' });
        signal.throwIfAborted();
        return done();
      },
      { limits: [concurrency({ key: () => 'press', max: LIMITED.max })] },
    ),
  ];
}

await work(JSON.parse(process.argv[2] ?? '{}') as WorkerWish, limitedJobs);
