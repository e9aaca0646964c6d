import { createContext, useContext } from 'react';

export type Role = 'member' | 'viewer' | 'operator' | 'admin';

export type Me = { readonly sub: string; readonly role: Role; readonly expiresAt: string; readonly canTrace: boolean };

const rank: Readonly<Record<Role, number>> = { member: 0, viewer: 1, operator: 2, admin: 3 };

export const MeContext = createContext<Me | undefined>(undefined);

/** Who is signed in. @throws outside of the signed-in part. */
export function useMe(): Me {
  const me = useContext(MeContext);
  if (!me) throw new Error('nobody is signed in here');
  return me;
}

/** Members make things and change their own; viewers only look; who has a higher role may all of that. */
function may(me: Me, needed: Role): boolean {
  if (needed === 'member') return me.role !== 'viewer';
  return rank[me.role] >= rank[needed];
}

/** Why somebody may not do what takes a role; undefined when they may. */
export function refusalOf(me: Me, needed: Role): string | undefined {
  if (may(me, needed)) return undefined;
  return needed === 'member'
    ? `The role ${me.role} only looks.`
    : `This takes the role ${needed}; yours is ${me.role}.`;
}
