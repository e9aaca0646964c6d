import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';

/** What a browser holds for a session: 256 bits that nobody guesses. */
export const newSecret = (): string => randomBytes(32).toString('base64url');

/** Under what a session is found; whoever reads the database cannot turn it into the secret. */
export const keyOf = (secret: string): string => createHash('sha256').update(`key ${secret}`).digest('base64url');

/** Locks a value so that only who has the secret can read it. */
export function seal(value: unknown, secret: string): string {
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', lockOf(secret), iv);
  const bytes = Buffer.concat([cipher.update(JSON.stringify(value), 'utf8'), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), bytes]).toString('base64url');
}

/** The value again; undefined with another secret, or for what was changed. */
export function unseal(sealed: string, secret: string): unknown {
  const bytes = Buffer.from(sealed, 'base64url');
  try {
    const decipher = createDecipheriv('aes-256-gcm', lockOf(secret), bytes.subarray(0, 12));
    decipher.setAuthTag(bytes.subarray(12, 28));
    return JSON.parse(Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8'));
  } catch {
    return undefined;
  }
}

const lockOf = (secret: string): Uint8Array => new Uint8Array(hkdfSync('sha256', secret, '', 'session tokens', 32));
