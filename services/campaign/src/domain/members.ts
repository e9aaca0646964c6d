export const memberRoles = ['editor', 'viewer'] as const;
type MemberRole = (typeof memberRoles)[number];

/** Somebody who was let into a campaign beside its owner. */
export type Member = { readonly sub: string; readonly role: MemberRole; readonly since: Date };

/** Somebody who has not said yet whether they want to be let in; there is one for a person and campaign. */
export type Invitation = {
  readonly sub: string;
  readonly role: MemberRole;
  readonly invitedBy: string;
  readonly at: Date;
};

/** What a campaign says of who is in it. */
type People = {
  readonly ownerId: string | null;
  readonly members?: readonly Member[];
  readonly invitations?: readonly Invitation[];
};

/** Owner, members and invitations together; a mistaken loop must not fill the campaign's row. */
export const MOST_MEMBERS = 100;

/** What a person is in a campaign; null for those who are not in it, the invited included. */
export function roleIn({ ownerId, members = [] }: People, sub: string): 'owner' | MemberRole | null {
  if (ownerId === sub) return 'owner';
  return members.find((member) => member.sub === sub)?.role ?? null;
}

export const invitationOf = ({ invitations = [] }: People, sub: string): Invitation | undefined =>
  invitations.find((invitation) => invitation.sub === sub);

/** The fields that a change of membership writes. */
export type Membership = Partial<People>;

const without = <Person extends { readonly sub: string }>(people: readonly Person[] | undefined, sub: string) =>
  (people ?? []).filter((person) => person.sub !== sub);

export const withInvitation = ({ invitations }: People, invitation: Invitation): Membership => ({
  invitations: [...without(invitations, invitation.sub), invitation],
});

/** The invited person is a member from now on. */
export const withAccepted = ({ members, invitations }: People, { sub, role }: Invitation, at: Date): Membership => ({
  members: [...without(members, sub), { sub, role, since: at }],
  invitations: without(invitations, sub),
});

/** The role of a member, or the one that somebody is invited to. */
export function withRole({ members = [], invitations = [] }: People, sub: string, role: MemberRole): Membership {
  const changed = <Person extends { readonly sub: string }>(person: Person) =>
    person.sub === sub ? { ...person, role } : person;
  return { members: members.map(changed), invitations: invitations.map(changed) };
}

/** Neither a member nor invited any more. */
export const withoutPerson = ({ members, invitations }: People, sub: string): Membership => ({
  members: without(members, sub),
  invitations: without(invitations, sub),
});

/** Another owner; who was it stays as an editor. */
export const handedOver = ({ ownerId, members }: People, to: string, at: Date): Membership => ({
  ownerId: to,
  members: [...without(members, to), ...(ownerId ? [{ sub: ownerId, role: 'editor' as const, since: at }] : [])],
});
