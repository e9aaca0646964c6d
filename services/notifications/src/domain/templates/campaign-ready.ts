import type { campaignAssigned, campaignSeeded } from '@millrace/contracts/campaign';
import type { z } from 'zod';
import type { Template } from '../template.ts';

type Ready = z.output<typeof campaignAssigned.data> | z.output<typeof campaignSeeded.data>;

/** What is said of a campaign that is ready, whether it came from a pool or was seeded for who asked. */
export const campaignReady: Omit<Template<Ready>, 'version' | 'sample'> = {
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

/** What a sample tells of one, beside what its event adds. */
export const sampleOfReady = {
  campaignId: '0199a0b0-0000-7000-8000-000000000001',
  name: 'Neon Harbour',
  ownerId: 'ada',
  templateVersion: 1,
  counts: { schticks: 643, weapons: 86, characters: 40, factions: 12, junctures: 7 },
};
