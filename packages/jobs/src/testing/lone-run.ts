import type { Run } from '../define/define-job.ts';
import { runLog } from '../logs/run-log.ts';
import type { StepRow } from '../record/record.ts';
import { toolsOf } from '../run/tools.ts';
import { newId } from '../runtime/ids.ts';

type Given = Partial<
  Pick<Run<unknown>, 'jobId' | 'rootId' | 'name' | 'attempt' | 'maxAttempts' | 'createdAt' | 'signal'>
>;

const ignore = () => undefined;

/**
 * A run of one's own making, for calling a handler as a function: `await greetPersonJob(deps).run(loneRun({ personId }))`.
 * Its steps keep receipts in memory, so that the same run given twice does them once; breakers are closed, logs go nowhere.
 */
export function loneRun<Payload>(payload: Payload, given: Given = {}): Run<Payload> {
  const jobId = given.jobId ?? newId();
  const { rootId = jobId, name = 'lone', attempt = 1, signal = new AbortController().signal } = given;
  const now = () => new Date();
  const rows = new Map<string, StepRow>();
  const tools = toolsOf(
    { record: { rootId, attempt }, signal, hasLogged: false },
    {
      worker: 'lone',
      now,
      store: () => ({
        get: async (step) => rows.get(step),
        put: async (step, row) => void rows.set(step, row),
        drop: async (step) => void rows.delete(step),
        checkpoint: async () => undefined,
      }),
      log: () =>
        runLog(
          { jobId, name, fence: 1, attempt },
          { log: { debug: ignore, info: ignore, warn: ignore, error: ignore }, book: { add: ignore }, now },
        ),
      through: async (_breaker, call) => call(),
    },
  );
  const { maxAttempts = 20, createdAt = now() } = given;
  return Object.assign(tools, {
    jobId,
    rootId,
    name,
    attempt,
    maxAttempts,
    payload,
    createdAt,
    signal,
    progress: ignore,
    meta: ignore,
  });
}
