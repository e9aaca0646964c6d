const MAX_LENGTH = 48;

/** Names that routes and people need for something else. */
const reserved: ReadonlySet<string> = new Set([
  'admin',
  'api',
  'console',
  'health',
  'millrace',
  'new',
  'projects',
  'static',
  'system',
]);

/**
 * A name as it stands in an address: small letters, digits and single hyphens, at most 48 characters.
 * A name that has none of them becomes `project`. @returns undefined for one that is reserved.
 */
export function slugOf(name: string): string | undefined {
  const slug = name
    .normalize('NFKD')
    .replace(/\p{Mark}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, MAX_LENGTH)
    .replace(/^-+|-+$/g, '');
  if (slug === '') return 'project';
  return reserved.has(slug) ? undefined : slug;
}

/** What is tried when a slug is taken, in this order; the last one is nobody else's. */
export const slugCandidates = (slug: string, projectId: string): string[] => [
  slug,
  ...[2, 3, 4, 5].map((number) => `${slug}-${number}`),
  `${slug}-${projectId.replaceAll('-', '').slice(-12)}`,
];
