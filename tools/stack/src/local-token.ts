export type Role = 'member' | 'viewer' | 'operator' | 'admin';

/** A token that every service with the local key accepts; the key is made on first use. */
export async function localToken(role: Role, sub: string): Promise<string> {
  // Loaded only when needed: the service kit is far larger than all of this package.
  const { mintLocalToken } = await import('@millrace/service');
  return mintLocalToken({ role, sub });
}
