import { campaignMemberInvited } from '@millrace/contracts/campaign';
import type { Outbox } from '@millrace/events';
import { created, noContent, ok, pageOf, paging, problem, type Route, route, wholeListQuery } from '@millrace/service';
import { z } from 'zod';
import type { Campaign } from '../domain/campaign.ts';
import {
  handedOver,
  invitationOf,
  MOST_MEMBERS,
  memberRoles,
  roleIn,
  withInvitation,
  withoutPerson,
  withRole,
} from '../domain/members.ts';
import type { CampaignStore } from '../store/campaign-store.ts';
import { campaignResource, toCampaignResource } from './campaign-resource.ts';
import { memberResource, toMemberResources } from './member-resource.ts';
import { assertOwn, assertVisible, campaignParams, ownCampaign, visibleCampaign } from './visible-campaign.ts';

type Deps = {
  readonly store: Pick<CampaignStore, 'campaigns' | 'membership'>;
  readonly outbox: Pick<Outbox, 'tell'>;
};

/** Who is in a campaign, beside its owner. */
export const memberRoutes = (deps: Deps): readonly Route[] => [
  listRoute(deps),
  inviteRoute(deps),
  changeRoute(deps),
  removeRoute(deps),
  transferRoute(deps),
];

const sub = z.string().min(1).max(200);
const role = z.enum(memberRoles).meta({ description: 'editor: changes what is in it; viewer: reads.' });
const memberParams = campaignParams.extend({ sub });

const bySub = paging('members', [['sub', 1]]);

const listRoute = ({ store: { campaigns } }: Deps) =>
  route({
    method: 'get',
    path: '/campaigns/:id/members',
    summary: 'Lists who is in a campaign or invited to it, by name.',
    role: 'any',
    params: campaignParams,
    query: z.strictObject(wholeListQuery),
    responses: { 200: pageOf(memberResource) },
    problems: ['campaign-not-found'],
    async handle({ params: { id }, query, user }) {
      return bySub.pageOfAll(toMemberResources(await visibleCampaign(campaigns, id, user)), query);
    },
  });

const inviteRoute = ({ store: { membership }, outbox }: Deps) =>
  route({
    method: 'post',
    path: '/campaigns/:id/members',
    summary:
      'Invites a person, who is told and then accepts or declines. Again changes the role at most, and tells nobody.',
    role: 'member',
    params: campaignParams,
    body: z.object({ sub, role }),
    responses: { 201: memberResource },
    problems: ['campaign-not-found', 'campaign-in-pool', 'conflict'],
    async handle({ params: { id }, body, user }) {
      const campaign = await membership.change(id, (present) => {
        assertOwn(present, user);
        assertMayBeInvited(present, body.sub);
        const earlier = invitationOf(present, body.sub);
        const invitation = earlier ?? { sub: body.sub, invitedBy: user.sub, at: new Date() };
        const fields = withInvitation(present, { ...invitation, role: body.role });
        const { name } = present;
        return earlier
          ? { fields }
          : { fields, fact: campaignMemberInvited({ campaignId: id, name, invitedBy: user.sub, ...body }) };
      });
      if (!campaign) throw problem('campaign-not-found', { id });
      await outbox.tell([campaign]);
      return created(`/campaigns/${id}/members/${encodeURIComponent(body.sub)}`, memberIn(campaign, body.sub));
    },
  });

/** @throws Problem. */
function assertMayBeInvited(campaign: Campaign, sub: string): void {
  const { _id: id, isPool, poolType } = campaign;
  if (isPool) throw problem('campaign-in-pool', { id, type: poolType ?? 'master' });
  const present = roleIn(campaign, sub);
  if (present) throw problem('conflict', { reason: `${sub} is in the campaign already, as its ${present}` });
  if (toMemberResources(campaign).length >= MOST_MEMBERS)
    throw problem('conflict', { reason: `a campaign has at most ${MOST_MEMBERS} people, the invited included` });
}

const changeRoute = ({ store: { membership } }: Deps) =>
  route({
    method: 'patch',
    path: '/campaigns/:id/members/:sub',
    summary: 'Gives a member, or somebody who is invited, another role.',
    role: 'member',
    params: memberParams,
    body: z.object({ role }),
    responses: { 200: memberResource },
    problems: ['campaign-not-found', 'member-not-found', 'conflict'],
    async handle({ params: { id, sub }, body, user }) {
      const campaign = await membership.change(id, (present) => {
        assertOwn(present, user);
        assertNotOwner(present, sub);
        return { fields: withRole(present, sub, body.role) };
      });
      if (!campaign) throw problem('campaign-not-found', { id });
      return memberIn(campaign, sub);
    },
  });

const removeRoute = ({ store: { membership } }: Deps) =>
  route({
    method: 'delete',
    path: '/campaigns/:id/members/:sub',
    summary: 'Lets a member out, or takes an invitation back; whoever removes themselves leaves.',
    role: 'member',
    params: memberParams,
    responses: { 204: { description: 'Let out.' } },
    problems: ['campaign-not-found', 'member-not-found', 'conflict'],
    async handle({ params: { id, sub }, user }) {
      const campaign = await membership.change(id, (present) => {
        assertVisible(present, user);
        if (sub !== user.sub) assertOwn(present, user);
        assertNotOwner(present, sub);
        return { fields: withoutPerson(present, sub) };
      });
      if (!campaign) throw problem('campaign-not-found', { id });
      return noContent();
    },
  });

const transferRoute = ({ store: { campaigns, membership } }: Deps) =>
  route({
    method: 'post',
    path: '/campaigns/:id/transfer',
    summary: 'Gives a campaign to one of its members; who had it stays as an editor.',
    role: 'member',
    params: campaignParams,
    body: z.object({ to: sub }),
    responses: { 200: campaignResource },
    problems: ['campaign-not-found', 'conflict'],
    async handle({ params: { id }, body: { to }, user }) {
      await ownCampaign(campaigns, id, user);
      const campaign = await membership.change(id, (present) => {
        if (present.ownerId === to) return null;
        assertOwn(present, user);
        if (!roleIn(present, to))
          throw problem('conflict', {
            reason: `${to} is not in the campaign; invite them first, and wait until they accept`,
          });
        return { fields: handedOver(present, to, new Date()) };
      });
      if (!campaign) throw problem('campaign-not-found', { id });
      return ok(toCampaignResource(campaign), { revision: campaign.revision });
    },
  });

/** @throws Problem `conflict` for the owner, `member-not-found` for who is neither in it nor invited. */
function assertNotOwner(campaign: Campaign, sub: string): void {
  if (roleIn(campaign, sub) === 'owner')
    throw problem('conflict', { reason: `${sub} is its owner; hand it over first: POST /campaigns/:id/transfer` });
  memberIn(campaign, sub);
}

/** @throws Problem `member-not-found`. */
function memberIn(campaign: Campaign, sub: string) {
  const found = toMemberResources(campaign).find((member) => member.sub === sub);
  if (!found) throw problem('member-not-found', { sub });
  return found;
}
