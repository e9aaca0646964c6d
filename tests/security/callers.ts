import { generateKeyPairSync } from 'node:crypto';
import { localKeyFile, localKeyPair, mintLocalToken } from '@millrace/service';
import { exportSPKI, SignJWT } from 'jose';

type Claims = Readonly<Record<string, unknown>>;

const claims: Claims = { role: 'admin', sub: 'somebody', iss: 'millrace-local', aud: 'millrace' };

/** What people send who are nobody, by what is wrong with it. Each claims to be an admin where it claims anything. */
export async function strangers(): Promise<Readonly<Record<string, string | undefined>>> {
  const { privateKey, publicKey } = await localKeyPair(localKeyFile());
  const { privateKey: otherKey } = generateKeyPairSync('ed25519');
  const sign = (changed: Claims, key: Parameters<SignJWT['sign']>[0] = privateKey, alg = 'EdDSA') =>
    new SignJWT({ ...claims, exp: Math.floor(Date.now() / 1_000) + 3_600, ...changed })
      .setProtectedHeader({ alg })
      .sign(key);
  const good = await sign({});
  return {
    'no token': undefined,
    'no JWT': 'Bearer admin',
    'another scheme': `Basic ${Buffer.from('admin:admin').toString('base64')}`,
    'an expired token': `Bearer ${await mintLocalToken({ role: 'admin', expiresIn: '-1h' })}`,
    'a token without an end': `Bearer ${await sign({ exp: undefined })}`,
    'a token for later': `Bearer ${await sign({ nbf: Math.floor(Date.now() / 1_000) + 3_600 })}`,
    'another audience': `Bearer ${await mintLocalToken({ role: 'admin', audience: 'another' })}`,
    'another issuer': `Bearer ${await mintLocalToken({ role: 'admin', issuer: 'another' })}`,
    'the signature of another key': `Bearer ${await sign({}, otherKey)}`,
    'a changed signature': `Bearer ${good.slice(0, -8)}AAAAAAAA`,
    'changed claims': `Bearer ${withClaims(good, { ...claims, sub: 'root' })}`,
    'the algorithm none': `Bearer ${unsigned({ ...claims, exp: 4_102_444_800 })}`,
    'the public key as a shared secret': `Bearer ${await sign({}, Buffer.from(await exportSPKI(publicKey)), 'HS256')}`,
    'no role': `Bearer ${await sign({ role: undefined })}`,
    'an unknown role': `Bearer ${await sign({ role: 'root' })}`,
    'no sub': `Bearer ${await sign({ sub: undefined })}`,
  };
}

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

const unsigned = (payload: Claims): string => `${part({ alg: 'none', typ: 'JWT' })}.${part(payload)}.`;

const withClaims = (token: string, payload: Claims): string => {
  const [header, , signature] = token.split('.');
  return [header, part(payload), signature].join('.');
};
