import type { Jobs } from '@millrace/jobs';
import type { Setups } from '../store/setups.ts';

export type WakeSetups = (what: string) => Promise<void>;

/**
 * Has setups go on that wait for it. One that is at work just now may have looked before the end came: the event is heard again
 * a little later, when it waits.
 * @throws JobsError `job-state-conflict` for such a one.
 */
export const wakeSetups =
  ({
    setups,
    jobs,
  }: {
    setups: Pick<Setups, 'waitingFor'>;
    jobs: Promise<Pick<Jobs, 'runNow' | 'find'>>;
  }): WakeSetups =>
  async (what) => {
    const runtime = await jobs;
    for (const jobId of await setups.waitingFor(what))
      await runtime.runNow(jobId).catch(async (error: unknown) => {
        const job = await runtime.find(jobId).catch(() => undefined);
        if (job?.endedAt === null) throw error;
      });
  };
