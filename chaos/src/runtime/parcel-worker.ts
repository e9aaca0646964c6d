import { setTimeout as delay } from 'node:timers/promises';
import { done, type JobDefinition, snooze } from '@millrace/jobs';
import { testJob } from '../../../packages/jobs/src/under-test/test-job.ts';
import { type KeyedEffects, type WorkerWish, work } from '../../../packages/jobs/src/under-test/worker-under-test.ts';

/** One job: lies down first if it is told to, takes its time, then has an effect under its own key, as every job must that may be rescued. */
export function parcelJobs(who: string, effects: KeyedEffects): JobDefinition[] {
  const onEnd: JobDefinition['onEnd'] = (_job, end) => ({
    events: [{ type: 'order.over', version: 1, data: { state: end.state } }],
  });
  return [
    testJob(
      'order.parcel',
      async ({ jobId, rootId, payload, cursor, checkpoint }) => {
        const layDownMs = Number(payload['layDownMs'] ?? 0);
        if (layDownMs > 0 && cursor === undefined) {
          await checkpoint('laid down');
          await effects.insert({ jobId, who, what: 'laid down' });
          return snooze(layDownMs);
        }
        await effects.insert({ jobId, who, what: 'started' });
        await delay(Number(payload['runMs']));
        await effects.once(rootId, { who, at: new Date() });
        return done({ result: who });
      },
      { onEnd },
    ),
  ];
}

if (import.meta.url === `file://${process.argv[1]}`)
  await work(JSON.parse(process.argv[2] ?? '{}') as WorkerWish, parcelJobs);
