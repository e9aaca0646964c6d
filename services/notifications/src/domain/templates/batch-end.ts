import type { batchCompleted, batchFailed } from '@millrace/contracts/mesh';
import type { TemplateOf } from '../template.ts';

const germanNumber = new Intl.NumberFormat('de');

export const batchCompletedText: TemplateOf<typeof batchCompleted> = {
  version: 1,
  sample: {
    batchId: '0199a0b0-0000-7000-8000-000000000001',
    projectId: '0199a0b0-0000-7000-8000-000000000001',
    ownerId: 'ada',
    total: 12,
    completed: 11,
    failed: 1,
    cancelled: 0,
    status: 'partial',
    durationMs: 41_000,
  },
  link: ({ batchId }) => `/batches/${batchId}`,
  title: ({ status, completed, total }) => {
    if (status === 'cancelled') return `A batch was cancelled; ${completed} of ${total} meshes are ready`;
    return completed === total ? `All ${total} meshes are ready` : `${completed} of ${total} meshes are ready`;
  },
  body: ({ failed, durationMs }) =>
    `The batch took ${(durationMs / 1_000).toFixed(1)} s` +
    (failed > 0 ? `; ${failed} could not be made: look why, and retry those.` : '.'),
  translations: {
    de: {
      title: ({ status, completed, total }) => {
        if (status === 'cancelled') return `Ein Stapel wurde abgebrochen; ${completed} von ${total} Meshes sind fertig`;
        return completed === total
          ? `Alle ${total} Meshes sind fertig`
          : `${completed} von ${total} Meshes sind fertig`;
      },
      body: ({ failed, durationMs }) =>
        `Der Stapel dauerte ${germanNumber.format(Math.round(durationMs / 100) / 10)} s` +
        (failed > 0 ? `; ${failed} ließen sich nicht machen: die Seite zeigt, warum, und versucht sie erneut.` : '.'),
    },
  },
};

export const batchFailedText: TemplateOf<typeof batchFailed> = {
  version: 1,
  sample: {
    batchId: '0199a0b0-0000-7000-8000-000000000001',
    projectId: '0199a0b0-0000-7000-8000-000000000001',
    ownerId: 'ada',
    total: 12,
    completed: 0,
    failed: 12,
    cancelled: 0,
    error: { code: 'IMAGE_CORRUPT', message: 'none of the pictures could be read' },
  },
  link: ({ batchId }) => `/batches/${batchId}`,
  title: ({ total }) => `None of ${total} meshes could be made`,
  body: ({ error }) => `${error.message}.`.replaceAll('..', '.'),
  translations: {
    de: {
      title: ({ total }) => `Keines von ${total} Meshes ließ sich machen`,
      body: ({ error }) => `${error.message}.`.replaceAll('..', '.'),
    },
  },
};
