import type { projectSetupFailed } from '@millrace/contracts/projects';
import type { TemplateOf } from '../template.ts';

export const projectSetupFailedText: TemplateOf<typeof projectSetupFailed> = {
  version: 1,
  sample: {
    projectId: '0199a0b0-0000-7000-8000-000000000001',
    requestedBy: 'ada',
    error: { code: 'slug-taken', message: 'the name harbour is taken', remedy: 'choose another and resume' },
  },
  link: ({ projectId }) => `/projects/${projectId}`,
  title: () => 'A project could not be set up',
  body: ({ error }) => [error.message, error.remedy].filter(Boolean).join('. '),
  translations: {
    de: {
      title: () => 'Ein Projekt ließ sich nicht einrichten',
      body: ({ error }) => [error.message, error.remedy].filter(Boolean).join('. '),
    },
  },
};
