import type { meshFailed } from '@millrace/contracts/mesh';
import type { TemplateOf } from '../template.ts';

export const meshFailedText: TemplateOf<typeof meshFailed> = {
  version: 1,
  sample: {
    meshId: '0199a0b0-0000-7000-8000-000000000001',
    ownerId: 'ada',
    batchId: null,
    picture: 'duck.png',
    error: { code: 'IMAGE_CORRUPT', message: 'it ends too early', remedy: 'upload it again' },
    attempts: 1,
  },
  link: ({ meshId }) => `/meshes/${meshId}`,
  title: ({ picture }) => `No mesh could be made of ${picture}`,
  body: ({ error }) =>
    [`${error.message}.`, error.remedy && `${error.remedy}.`].filter(Boolean).join(' ').replaceAll('..', '.'),
  translations: {
    de: {
      title: ({ picture }) => `Aus ${picture} ließ sich kein Mesh machen`,
      body: ({ error }) =>
        [`${error.message}.`, error.remedy && `${error.remedy}.`].filter(Boolean).join(' ').replaceAll('..', '.'),
    },
  },
};
