import type { campaignMemberInvited } from '@millrace/contracts/campaign';
import type { TemplateOf } from '../template.ts';

export const campaignMemberInvitedText: TemplateOf<typeof campaignMemberInvited> = {
  version: 1,
  sample: {
    campaignId: '0199a0b0-0000-7000-8000-000000000001',
    name: 'Neon Harbour',
    sub: 'ada',
    role: 'editor',
    invitedBy: 'bob',
  },
  link: () => '/campaigns?state=invited',
  title: ({ name }) => `You are invited to the campaign ${name}`,
  body: ({ invitedBy, role }) =>
    `${invitedBy} invites you as ${role}. Accept or decline it under Campaigns, Invitations.`,
  translations: {
    de: {
      title: ({ name }) => `Einladung zur Kampagne ${name}`,
      body: ({ invitedBy, role }) =>
        `${invitedBy} lädt dazu ein, als ${role}. Annehmen oder ablehnen lässt sie sich unter Campaigns, Invitations.`,
    },
  },
};
