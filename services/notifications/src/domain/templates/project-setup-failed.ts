import type { projectSetupFailed } from '@millrace/contracts/projects';
import type { TemplateOf } from '../template.ts';

export const projectSetupFailedText: TemplateOf<typeof projectSetupFailed> = {
  title: () => 'A project could not be set up',
  body: ({ error }) => [error.message, error.remedy].filter(Boolean).join('. '),
};
