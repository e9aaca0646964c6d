import { z } from 'zod';
import type { Campaign } from '../domain/campaign.ts';
import { memberRoles } from '../domain/members.ts';

export const memberResource = z
  .object({
    sub: z.string(),
    role: z.enum(['owner', ...memberRoles]),
    state: z.enum(['active', 'invited']),
    invitedBy: z.string().nullable().meta({ description: 'Only of those who are invited.' }),
    since: z.iso.datetime().meta({ description: 'Let in, or invited, then; of the owner, when the campaign began.' }),
  })
  .meta({ id: 'CampaignMember', description: 'Somebody in a campaign, or invited to it.' });

type MemberResource = z.input<typeof memberResource>;

/** Everybody in a campaign: its owner, its members, those who are invited. */
export function toMemberResources(campaign: Campaign): MemberResource[] {
  const { ownerId, members = [], invitations = [], activatedAt, createdAt } = campaign;
  const owner = { role: 'owner', state: 'active', invitedBy: null } as const;
  return [
    ...(ownerId ? [{ sub: ownerId, ...owner, since: (activatedAt ?? createdAt).toISOString() }] : []),
    ...members.map(({ since, ...member }) => ({
      ...member,
      state: 'active' as const,
      invitedBy: null,
      since: since.toISOString(),
    })),
    ...invitations.map(({ at, ...invitation }) => ({
      ...invitation,
      state: 'invited' as const,
      since: at.toISOString(),
    })),
  ];
}
