import { abandonProjectSetup } from '@millrace/contracts/projects';
import { defineJob, discard, done } from '@millrace/jobs';
import type { Setups } from '../store/setups.ts';
import { countSetup } from './setup-metrics.ts';

type Deps = {
  readonly setups: Pick<Setups, 'abandoned'>;
  /** Whether a job is still to end, or at work again. */
  isUnfinished(jobId: string): Promise<boolean>;
};

/** Shows in the project that its setup has ended without result. One that shows an end already keeps it. */
export const abandonProjectSetupJob = ({ setups, isUnfinished }: Deps) =>
  defineJob(abandonProjectSetup, {
    async run({ payload: { projectId, jobId, state, reason } }) {
      if (await isUnfinished(jobId)) return discard(`job ${jobId} is at work again`);
      const { code, message, remedy } = reason;
      const error = { code, message, ...(remedy !== undefined && { remedy }), isRetryable: false };
      const project = await setups.abandoned(projectId, jobId, { status: state, error });
      if (project) countSetup(state);
      return done({ result: { status: project?.status ?? null } });
    },
  });
