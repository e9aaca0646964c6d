import type { albumImportFailed } from '@millrace/contracts/music';
import type { TemplateOf } from '../template.ts';

export const albumImportFailedText: TemplateOf<typeof albumImportFailed> = {
  version: 1,
  sample: {
    albumId: '0199a0b0-0000-7000-8000-000000000001',
    requestedBy: 'ada',
    occasion: 'creation',
    error: { code: 'needs-match', message: 'three albums go by this name', remedy: 'choose one of them' },
  },
  link: ({ albumId }) => `/music/${albumId}`,
  title: ({ error }) =>
    error.code === 'needs-match' ? 'An album needs a match' : 'The releases of an album could not be imported',
  body: ({ error }) =>
    [`${error.message}.`, error.remedy && `${error.remedy}.`].filter(Boolean).join(' ').replaceAll('..', '.'),
  translations: {
    de: {
      title: ({ error }) =>
        error.code === 'needs-match'
          ? 'Ein Album braucht eine Zuordnung'
          : 'Die Veröffentlichungen eines Albums ließen sich nicht einlesen',
      body: ({ error }) =>
        [`${error.message}.`, error.remedy && `${error.remedy}.`].filter(Boolean).join(' ').replaceAll('..', '.'),
    },
  },
};
