/** What somebody asked for, read from the request: `{ verb: 'pause', kind: 'queues', target: 'campaign.seeding' }`. */
export type Deed = { readonly verb: string; readonly kind: string; readonly target: string | null };

/**
 * Reads a deed from method and path, without the service's name.
 * | request | verb | kind | target |
 * |---|---|---|---|
 * | POST /queues/campaign.seeding/pause | pause | queues | campaign.seeding |
 * | PUT /queues/campaign.seeding | set | queues | campaign.seeding |
 * | POST /jobs/bulk/cancel | bulk cancel | jobs | null |
 * | POST /dead-letters/replay | replay | dead-letters | null |
 * | POST /campaigns | create | campaigns | null |
 * | DELETE /jobs/17 | delete | jobs | 17 |
 */
export function deedOf(method: string, path: string): Deed {
  const [kind = '', ...rest] = path.split('/').filter(Boolean).map(decoded);
  if (rest[0] === 'bulk') return { kind, verb: `bulk ${rest.slice(1).join(' ')}`, target: null };
  const [first = null, ...verbs] = rest;
  if (method !== 'POST') return { kind, verb: verbOf(method), target: rest.join('/') || null };
  if (first === null) return { kind, verb: 'create', target: null };
  if (verbs.length === 0) return { kind, verb: first, target: null };
  return { kind, verb: verbs.join(' '), target: first };
}

const verbOf = (method: string): string =>
  ({ PUT: 'set', PATCH: 'change', DELETE: 'delete' })[method] ?? method.toLowerCase();

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** What an entry keeps of a body or an answer: secrets struck out, and nothing of what is larger than 16 KiB. */
export function kept(value: unknown): unknown {
  const shown = withoutSecrets(value);
  const size = JSON.stringify(shown)?.length ?? 0;
  return size > limitCharacters ? { omitted: `${size} characters` } : (shown ?? null);
}

const limitCharacters = 16_384;
const secret = /token|secret|password|authorization|cookie/i;

function withoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, child]) => [name, secret.test(name) ? '(struck out)' : withoutSecrets(child)]),
  );
}
