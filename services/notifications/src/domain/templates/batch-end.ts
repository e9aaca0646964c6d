import type { batchCompleted, batchFailed } from '@millrace/contracts/mesh';
import type { TemplateOf } from '../template.ts';

export const batchCompletedText: TemplateOf<typeof batchCompleted> = {
  title: ({ status, completed, total }) => {
    if (status === 'cancelled') return `A batch was cancelled; ${completed} of ${total} meshes are ready`;
    return completed === total ? `All ${total} meshes are ready` : `${completed} of ${total} meshes are ready`;
  },
  body: ({ failed, durationMs }) =>
    `The batch took ${(durationMs / 1_000).toFixed(1)} s` +
    (failed > 0 ? `; ${failed} could not be made: look why, and retry those.` : '.'),
};

export const batchFailedText: TemplateOf<typeof batchFailed> = {
  title: ({ total }) => `None of ${total} meshes could be made`,
  body: ({ error }) => `${error.message}.`.replaceAll('..', '.'),
};
