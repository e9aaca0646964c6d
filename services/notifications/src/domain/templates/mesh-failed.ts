import type { meshFailed } from '@millrace/contracts/mesh';
import type { TemplateOf } from '../template.ts';

export const meshFailedText: TemplateOf<typeof meshFailed> = {
  title: ({ picture }) => `No mesh could be made of ${picture}`,
  body: ({ error }) =>
    [`${error.message}.`, error.remedy && `${error.remedy}.`].filter(Boolean).join(' ').replaceAll('..', '.'),
};
