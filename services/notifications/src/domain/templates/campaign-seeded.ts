import type { campaignSeeded } from '@millrace/contracts/campaign';
import type { TemplateOf } from '../template.ts';

export const campaignSeededText: TemplateOf<typeof campaignSeeded> = {
  version: 1,
  sample: {
    campaignId: '0199a0b0-0000-7000-8000-000000000001',
    name: 'Neon Harbour',
    ownerId: 'ada',
    requestedBy: 'ada',
    templateVersion: 1,
    counts: { schticks: 643, weapons: 86, characters: 40, factions: 12, junctures: 7 },
    durationMs: 2_400,
  },
  link: ({ campaignId }) => `/campaigns/${campaignId}`,
  title: ({ name }) => `${name} is ready`,
  body: ({ counts }) =>
    `Your campaign holds ${counts.schticks} schticks, ${counts.weapons} weapons, ${counts.characters} characters, ` +
    `${counts.factions} factions and ${counts.junctures} junctures.`,
  translations: {
    de: {
      title: ({ name }) => `${name} ist bereit`,
      body: ({ counts }) =>
        `Die Kampagne enthält ${counts.schticks} Schticks, ${counts.weapons} Waffen, ${counts.characters} Figuren, ` +
        `${counts.factions} Fraktionen und ${counts.junctures} Epochen.`,
    },
  },
};
