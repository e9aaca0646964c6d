import type { campaignSeedingFailed } from '@millrace/contracts/campaign';
import type { TemplateOf } from '../template.ts';

export const campaignSeedingFailedText: TemplateOf<typeof campaignSeedingFailed> = {
  version: 1,
  sample: {
    campaignId: '0199a0b0-0000-7000-8000-000000000001',
    requestedBy: 'ada',
    error: { code: 'verification-failed', message: '3 schticks are missing', remedy: 'seed it again' },
  },
  link: ({ campaignId }) => `/campaigns/${campaignId}`,
  title: () => 'A campaign could not be filled',
  body: ({ error }) =>
    [`${error.message}.`, error.remedy && `${error.remedy}.`].filter(Boolean).join(' ').replaceAll('..', '.'),
  translations: {
    de: {
      title: () => 'Eine Kampagne ließ sich nicht füllen',
      body: ({ error }) =>
        [`${error.message}.`, error.remedy && `${error.remedy}.`].filter(Boolean).join(' ').replaceAll('..', '.'),
    },
  },
};
