import type { albumImportFailed } from '@millrace/contracts/music';
import type { TemplateOf } from '../template.ts';

export const albumImportFailedText: TemplateOf<typeof albumImportFailed> = {
  title: ({ error }) =>
    error.code === 'needs-match' ? 'An album needs a match' : 'The releases of an album could not be imported',
  body: ({ error }) =>
    [`${error.message}.`, error.remedy && `${error.remedy}.`].filter(Boolean).join(' ').replaceAll('..', '.'),
};
