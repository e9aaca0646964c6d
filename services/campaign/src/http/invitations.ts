import { noContent, ok, pageOf, pageQuery, paging, problem, type Route, route } from '@millrace/service';
import { z } from 'zod';
import type { Campaign } from '../domain/campaign.ts';
import { invitationOf, memberRoles, roleIn, withAccepted, withoutPerson } from '../domain/members.ts';
import type { CampaignStore } from '../store/campaign-store.ts';
import { campaignResource, toCampaignResource } from './campaign-resource.ts';
import { campaignParams } from './visible-campaign.ts';

type Deps = Pick<CampaignStore, 'membership'>;

/** What people do with invitations of their own. */
export const invitationRoutes = (deps: Deps): readonly Route[] => [
  listRoute(deps),
  acceptRoute(deps),
  declineRoute(deps),
];

const invitationResource = z
  .object({
    campaignId: z.uuid(),
    name: z.string().meta({ description: 'Of the campaign.' }),
    role: z.enum(memberRoles),
    invitedBy: z.string(),
    invitedAt: z.iso.datetime(),
  })
  .meta({ id: 'CampaignInvitation', description: 'An invitation to a campaign.' });

const newest = paging('invitations', [
  ['createdAt', -1],
  ['_id', -1],
]);

const listRoute = ({ membership }: Deps) =>
  route({
    method: 'get',
    path: '/invitations',
    summary: 'Lists the campaigns that one is invited to, the newest campaign first.',
    tag: 'campaigns',
    role: 'any',
    query: z.strictObject(pageQuery),
    responses: { 200: pageOf(invitationResource) },
    async handle({ query: { limit, cursor }, user: { sub } }) {
      const rows = await membership.invitedTo(sub, newest.after(cursor), limit + 1);
      return newest.page(rows, limit, (campaign) => toInvitationResource(campaign, sub));
    },
  });

const acceptRoute = ({ membership }: Deps) =>
  route({
    method: 'post',
    path: '/campaigns/:id/invitation/accept',
    summary: 'Accepts the invitation to a campaign. Again changes nothing.',
    role: 'member',
    params: campaignParams,
    responses: { 200: campaignResource },
    problems: ['invitation-not-found'],
    async handle({ params: { id }, user: { sub } }) {
      const campaign = await membership.change(id, (present) => {
        if (roleIn(present, sub)) return null;
        const invitation = invitationOf(present, sub);
        if (!invitation) throw problem('invitation-not-found', { id });
        return { fields: withAccepted(present, invitation, new Date()) };
      });
      if (!campaign) throw problem('invitation-not-found', { id });
      return ok(toCampaignResource(campaign), { revision: campaign.revision });
    },
  });

const declineRoute = ({ membership }: Deps) =>
  route({
    method: 'post',
    path: '/campaigns/:id/invitation/decline',
    summary: 'Declines the invitation to a campaign; its owner can invite again.',
    role: 'member',
    params: campaignParams,
    responses: { 204: { description: 'Declined.' } },
    problems: ['invitation-not-found'],
    async handle({ params: { id }, user: { sub } }) {
      const campaign = await membership.change(id, (present) => {
        if (!invitationOf(present, sub)) throw problem('invitation-not-found', { id });
        return { fields: withoutPerson(present, sub) };
      });
      if (!campaign) throw problem('invitation-not-found', { id });
      return noContent();
    },
  });

function toInvitationResource(campaign: Campaign, sub: string): z.input<typeof invitationResource> {
  const invitation = invitationOf(campaign, sub);
  if (!invitation) throw new Error(`campaign ${campaign._id} was found by an invitation that it does not have`);
  const { role, invitedBy, at } = invitation;
  return { campaignId: campaign._id, name: campaign.name, role, invitedBy, invitedAt: at.toISOString() };
}
