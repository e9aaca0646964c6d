import { SetupWaits } from '../setup-errors.ts';
import type { SetupStep } from '../setup-step.ts';

/** Its end, the project's status and the setup's are one write. */
export const activate: SetupStep = {
  key: 'activate',
  summary: 'Opens the project; where its creator wanted that, when somebody has said yes.',
  compensation: 'the project is cancelled',
  timeoutMs: 10_000,
  input: ({ setup }) => setup?.rounds,
  async run({ project: { _id, wish, approval } }) {
    if (wish.needsApproval && !approval) throw new SetupWaits([`approval:${_id}`]);
    return { output: { approvedBy: approval?.by ?? null }, fields: { status: 'ready' } };
  },
};
