import type { albumReleasesImported } from '@millrace/contracts/music';
import type { TemplateOf } from '../template.ts';

export const albumReleasesImportedText: TemplateOf<typeof albumReleasesImported> = {
  version: 1,
  sample: {
    albumId: '0199a0b0-0000-7000-8000-000000000001',
    title: 'OK Computer',
    ownerId: 'ada',
    requestedBy: 'ada',
    occasion: 'creation',
    releaseCount: 87,
    created: 80,
    updated: 6,
    removed: 1,
    failed: 1,
  },
  link: ({ albumId }) => `/music/${albumId}`,
  title: ({ title }) => `The releases of ${title} are there`,
  body: ({ releaseCount, created, updated, removed, failed }) =>
    [
      `${releaseCount} releases: ${created} new, ${updated} changed, ${removed} no longer listed.`,
      failed > 0 && `${failed} could not be read; see the album's imports.`,
    ]
      .filter(Boolean)
      .join(' '),
  translations: {
    de: {
      title: ({ title }) => `Die Veröffentlichungen von ${title} sind da`,
      body: ({ releaseCount, created, updated, removed, failed }) =>
        [
          `${releaseCount} Veröffentlichungen: ${created} neu, ${updated} geändert, ${removed} nicht mehr geführt.`,
          failed > 0 && `${failed} waren nicht lesbar; siehe die Importe des Albums.`,
        ]
          .filter(Boolean)
          .join(' '),
    },
  },
};
