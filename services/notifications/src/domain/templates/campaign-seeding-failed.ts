import type { campaignSeedingFailed } from '@millrace/contracts/campaign';
import type { TemplateOf } from '../template.ts';

export const campaignSeedingFailedText: TemplateOf<typeof campaignSeedingFailed> = {
  title: () => 'A campaign could not be filled',
  body: ({ error }) =>
    [`${error.message}.`, error.remedy && `${error.remedy}.`].filter(Boolean).join(' ').replaceAll('..', '.'),
};
