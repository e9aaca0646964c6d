import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { type BaseConfig, localKeyFile } from './config.ts';
import { localSecret } from './local-key.ts';
import { problem } from './problem.ts';

/** What a signed path carries; spread it into the query schema of a route with `role: 'public'`. */
export const signedQuery = {
  expires: z
    .string()
    .regex(/^\d{1,12}$/)
    .meta({ description: 'Seconds since 1970, until which it is good.' }),
  signature: z.string().max(100),
};

/** {@link signedQuery} of a route with `signedLink`, which takes a token as well. */
export const signedLinkQuery = { expires: signedQuery.expires.optional(), signature: signedQuery.signature.optional() };

type Signature = { readonly expires?: string | undefined; readonly signature?: string | undefined };

export type SignedPaths = {
  /** The path with a signature, good for whoever has it. @param path without a query. @param ttlSeconds from now on. */
  sign(path: string, ttlSeconds: number): Promise<string>;
  /** @throws Problem `signature-invalid` for what was not signed here, `link-expired` for what was good once. */
  check(path: string, query: Signature): Promise<void>;
};

/** Paths that open one thing for a time without a token. The key is URL_SIGNING_KEY, or follows from the local key. */
export function signedPaths(config: Pick<BaseConfig, 'URL_SIGNING_KEY' | 'AUTH_LOCAL_KEY_FILE'>): SignedPaths {
  let known: Buffer | undefined;
  const key = async () => (known ??= await signingKey(config));
  return {
    async sign(path, ttlSeconds) {
      const expires = `${Math.ceil(Date.now() / 1_000) + ttlSeconds}`;
      return `${path}?expires=${expires}&signature=${signatureOf(await key(), path, expires)}`;
    },
    async check(path, { expires = '', signature = '' }) {
      if (!isEqual(signatureOf(await key(), path, expires), signature)) throw problem('signature-invalid', {});
      if (Number(expires) * 1_000 < Date.now()) throw problem('link-expired', {});
    },
  };
}

async function signingKey({
  URL_SIGNING_KEY,
  AUTH_LOCAL_KEY_FILE,
}: Pick<BaseConfig, 'URL_SIGNING_KEY' | 'AUTH_LOCAL_KEY_FILE'>): Promise<Buffer> {
  if (URL_SIGNING_KEY === undefined) return keyFromLocal({ AUTH_LOCAL_KEY_FILE }, 'signed paths');
  return Buffer.from(hkdfSync('sha256', URL_SIGNING_KEY, '', 'millrace signed paths', 32));
}

/** 32 bytes that follow from the local key, for one purpose; the same for every process that finds the same key. */
export async function keyFromLocal(
  { AUTH_LOCAL_KEY_FILE }: Pick<BaseConfig, 'AUTH_LOCAL_KEY_FILE'>,
  purpose: string,
): Promise<Buffer> {
  const secret = await localSecret(AUTH_LOCAL_KEY_FILE ?? localKeyFile());
  return Buffer.from(hkdfSync('sha256', secret, '', `millrace ${purpose}`, 32));
}

const signatureOf = (key: Buffer, path: string, expires: string): string =>
  createHmac('sha256', key).update(`${path}\n${expires}`).digest('base64url');

function isEqual(expected: string, given: string): boolean {
  const [one, other] = [Buffer.from(expected), Buffer.from(given)];
  return one.length === other.length && timingSafeEqual(one, other);
}
