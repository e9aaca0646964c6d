import type { campaignAssigned } from '@millrace/contracts/campaign';
import type { TemplateOf } from '../template.ts';

export const campaignAssignedText: TemplateOf<typeof campaignAssigned> = {
  title: ({ name }) => `${name} is ready`,
  body: ({ counts }) =>
    `Your campaign holds ${counts.schticks} schticks, ${counts.weapons} weapons, ${counts.characters} characters, ` +
    `${counts.factions} factions and ${counts.junctures} junctures.`,
};
