import type { campaignSeeded } from '@millrace/contracts/campaign';
import type { TemplateOf } from '../template.ts';

export const campaignSeededText: TemplateOf<typeof campaignSeeded> = {
  title: ({ name }) => `${name} is ready`,
  body: ({ counts }) =>
    `Your campaign holds ${counts.schticks} schticks, ${counts.weapons} weapons, ${counts.characters} characters, ` +
    `${counts.factions} factions and ${counts.junctures} junctures.`,
};
