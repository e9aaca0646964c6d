/** What a person can be, from the least. */
export const roles = ['member', 'viewer', 'operator', 'admin'] as const;

type Role = (typeof roles)[number];

/** How the words of an identity provider become one of this project's roles. */
export type RoleMapping = {
  /** The claim's name, or its path with dots: `role`, `realm_access.roles`, `https://example.org/groups`. */
  readonly claim: string;
  /** What the claim has to hold for each role; a role that is not listed goes by its own name. */
  readonly words: Readonly<Partial<Record<Role, readonly string[]>>>;
  /** For those who can sign in and hold none of the words. Undefined: they are refused. */
  readonly otherwise: Role | undefined;
};

type Claims = Readonly<Record<string, unknown>>;

/**
 * The highest role that a person's claims give them; undefined when they give none.
 * | claim `groups` | words | role |
 * |---|---|---|
 * | `["staff", "on-call"]` | `{operator: ["on-call"], viewer: ["staff"]}` | operator |
 * | `"admin"` | none | admin |
 * | missing | any | `otherwise` |
 */
export function roleFrom(claims: Claims, { claim, words, otherwise }: RoleMapping): Role | undefined {
  const held = new Set(wordsIn(claimAt(claims, claim)));
  return roles.findLast((role) => (words[role] ?? [role]).some((word) => held.has(word))) ?? otherwise;
}

export const hasClaim = (claims: Claims, claim: string): boolean => claimAt(claims, claim) !== undefined;

/** A name may hold dots itself, so the whole of it goes first. */
function claimAt(claims: Claims, claim: string): unknown {
  if (Object.hasOwn(claims, claim)) return claims[claim];
  return claim.split('.').reduce<unknown>((value, name) => childOf(value, name), claims);
}

const childOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? (value as Claims)[name] : undefined;

const wordsIn = (value: unknown): readonly string[] =>
  [value].flat().filter((word): word is string => typeof word === 'string');
