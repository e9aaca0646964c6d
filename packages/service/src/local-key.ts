import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type CryptoKey, exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose';
import { localKeyFile } from './config.ts';
import { hasCode } from './error-code.ts';
import type { Role } from './role.ts';

type KeyPair = { readonly privateKey: CryptoKey; readonly publicKey: CryptoKey };

const algorithm = 'EdDSA';

/**
 * The key that signs tokens where no identity provider is set: an Ed25519 key in a file that only its owner may read,
 * made on first use. Services that start at the same time agree on one.
 * @throws Error when the file cannot be read, made or understood.
 */
export async function localKeyPair(file: string): Promise<KeyPair> {
  const stored = (await read(file)) ?? (await create(file));
  const { d: _secret, ...publicPart } = stored;
  const [privateKey, publicKey] = await Promise.all([importJWK(stored, algorithm), importJWK(publicPart, algorithm)]);
  return { privateKey: privateKey as CryptoKey, publicKey: publicKey as CryptoKey };
}

/** The local key's secret part, for keys that follow from it. @throws as {@link localKeyPair}. */
export async function localSecret(file: string): Promise<string> {
  const { d } = (await read(file)) ?? (await create(file));
  if (!d) throw new Error(`local key: ${file} holds no private key; delete it and a new one is made`);
  return d;
}

/**
 * Signs a token for the local key, as `make token` and tests do.
 * Default: for `sub` named like the role, good for 12 hours, key file as the services find it.
 */
export async function mintLocalToken({
  role,
  sub = role,
  keyFile = localKeyFile(),
  issuer = 'millrace-local',
  audience = 'millrace',
  expiresIn = '12h',
  actor,
}: {
  role: Role;
  sub?: string;
  keyFile?: string;
  issuer?: string;
  audience?: string;
  /** A time span, or the end. */
  expiresIn?: string | Date;
  /** Who acts in the name of `sub`. */
  actor?: string;
}): Promise<string> {
  const { privateKey } = await localKeyPair(keyFile);
  return new SignJWT({ role, ...(actor && { act: { sub: actor } }) })
    .setProtectedHeader({ alg: algorithm })
    .setSubject(sub)
    .setIssuer(issuer)
    .setAudience(audience)
    .setIssuedAt()
    .setExpirationTime(expiresIn)
    .sign(privateKey);
}

async function read(file: string): Promise<JWK | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as JWK;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw new Error(`local key: cannot read ${file}; delete it and a new one is made`, { cause: error });
  }
}

/** Written aside and linked into place: whoever comes second finds the first one's key, never half a file. */
async function create(file: string): Promise<JWK> {
  const { privateKey } = await generateKeyPair(algorithm, { extractable: true });
  const draft = `${file}.${randomUUID()}`;
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(draft, JSON.stringify(await exportJWK(privateKey)), { mode: 0o600 });
  try {
    await link(draft, file);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  } finally {
    await rm(draft, { force: true });
  }
  return JSON.parse(await readFile(file, 'utf8')) as JWK;
}
