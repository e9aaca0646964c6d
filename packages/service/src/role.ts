export const roles = ['member', 'viewer', 'operator', 'admin'] as const;

/** What somebody is; each person has exactly one. */
export type Role = (typeof roles)[number];

/**
 * What a route asks for. `public` asks for nothing, `any` for a valid token; a role also admits those who include it:
 * | asked | admitted |
 * |---|---|
 * | any | member, viewer, operator, admin |
 * | member | member, operator, admin |
 * | viewer | viewer, operator, admin |
 * | operator | operator, admin |
 * | admin | admin |
 */
export type Access = 'public' | 'any' | Role;

const includes: Readonly<Record<Role, readonly Access[]>> = {
  member: ['public', 'any', 'member'],
  viewer: ['public', 'any', 'viewer'],
  operator: ['public', 'any', 'member', 'viewer', 'operator'],
  admin: ['public', 'any', 'member', 'viewer', 'operator', 'admin'],
};

/** Who asks. */
export type User = {
  readonly sub: string;
  readonly role: Role;
  /** Not only what is theirs: viewer, operator, admin. */
  readonly seesAll: boolean;
};

export const makeUser = (sub: string, role: Role): User => ({ sub, role, seesAll: role !== 'member' });

export const admits = (access: Access, role: Role): boolean => includes[role].includes(access);

/** Those whom `access` admits, for messages. */
export const rolesFor = (access: Access): string => roles.filter((role) => admits(access, role)).join(' or ');
