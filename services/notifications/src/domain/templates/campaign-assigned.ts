import type { campaignAssigned } from '@millrace/contracts/campaign';
import type { TemplateOf } from '../template.ts';
import { campaignReady, sampleOfReady } from './campaign-ready.ts';

export const campaignAssignedText: TemplateOf<typeof campaignAssigned> = {
  ...campaignReady,
  version: 1,
  sample: { ...sampleOfReady, poolType: 'master', poolAgeMs: 60_000 },
};
