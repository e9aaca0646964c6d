import type { SetupStep } from '../setup-step.ts';

/** Its end, the project's status and the setup's are one write. */
export const activate: SetupStep = {
  key: 'activate',
  summary: 'Opens the project.',
  compensation: 'the project is cancelled',
  timeoutMs: 10_000,
  input: ({ setup }) => setup?.rounds,
  run: async () => ({ output: {}, fields: { status: 'ready' } }),
};
