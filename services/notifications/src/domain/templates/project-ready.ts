import type { projectReady } from '@millrace/contracts/projects';
import type { TemplateOf } from '../template.ts';

export const projectReadyText: TemplateOf<typeof projectReady> = {
  version: 1,
  sample: {
    projectId: '0199a0b0-0000-7000-8000-000000000001',
    requestedBy: 'ada',
    name: 'Harbour',
    ownerId: 'ada',
    slug: 'harbour',
    warnings: [{ step: 'sample_mesh', message: 'the engine is busy' }],
    durationMs: 8_000,
  },
  link: ({ projectId }) => `/projects/${projectId}`,
  title: ({ name }) => `The project ${name} is ready`,
  body: ({ slug, warnings }) =>
    [
      `It is at ${slug}.`,
      ...warnings.map(({ step, message }) => `Step ${step} went wrong and was left out: ${message}.`),
    ].join(' '),
  translations: {
    de: {
      title: ({ name }) => `Das Projekt ${name} ist bereit`,
      body: ({ slug, warnings }) =>
        [
          `Es liegt unter ${slug}.`,
          ...warnings.map(({ step, message }) => `Schritt ${step} misslang und wurde ausgelassen: ${message}.`),
        ].join(' '),
    },
  },
};
