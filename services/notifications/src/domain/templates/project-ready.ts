import type { projectReady } from '@millrace/contracts/projects';
import type { TemplateOf } from '../template.ts';

export const projectReadyText: TemplateOf<typeof projectReady> = {
  title: ({ name }) => `The project ${name} is ready`,
  body: ({ slug, warnings }) =>
    [
      `It is at ${slug}.`,
      ...warnings.map(({ step, message }) => `Step ${step} went wrong and was left out: ${message}.`),
    ].join(' '),
};
