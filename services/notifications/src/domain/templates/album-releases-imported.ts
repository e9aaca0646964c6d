import type { albumReleasesImported } from '@millrace/contracts/music';
import type { TemplateOf } from '../template.ts';

export const albumReleasesImportedText: TemplateOf<typeof albumReleasesImported> = {
  title: ({ title }) => `The releases of ${title} are there`,
  body: ({ releaseCount, created, updated, removed, failed }) =>
    [
      `${releaseCount} releases: ${created} new, ${updated} changed, ${removed} no longer listed.`,
      failed > 0 && `${failed} could not be read; see the album's imports.`,
    ]
      .filter(Boolean)
      .join(' '),
};
