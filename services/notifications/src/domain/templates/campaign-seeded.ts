import type { campaignSeeded } from '@millrace/contracts/campaign';
import type { TemplateOf } from '../template.ts';
import { campaignReady, sampleOfReady } from './campaign-ready.ts';

export const campaignSeededText: TemplateOf<typeof campaignSeeded> = {
  ...campaignReady,
  version: 1,
  sample: { ...sampleOfReady, requestedBy: 'ada', durationMs: 2_400 },
};
