import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterFile, until } from '@millrace/testkit';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { createAuthenticate } from './authentication.ts';
import { localKeyPair, mintLocalToken } from './local-key.ts';
import { type Access, admits, makeUser, type Role, roles } from './role.ts';

const config = { AUTH_ISSUER: 'https://issuer', AUTH_AUDIENCE: 'millrace' };

/** A key server that can be turned off; counts how often its keys are asked for. */
async function startKeyServer() {
  const { publicKey, privateKey } = await generateKeyPair('RS256');
  const keys = [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'RS256' }];
  let asked = 0;
  let status = 200;
  const server = createServer((_request, response) => {
    asked += 1;
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ keys }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterFile(async () => void server.close());
  const sign = (
    role: unknown,
    { kid = 'one', key = privateKey, alg = 'RS256', endsAt = Math.floor(Date.now() / 1_000) + 3_600 } = {},
  ) =>
    new SignJWT({ role })
      .setProtectedHeader({ alg, kid })
      .setSubject('ada')
      .setIssuer(config.AUTH_ISSUER)
      .setAudience(config.AUTH_AUDIENCE)
      .setExpirationTime(endsAt)
      .sign(key);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`,
    sign,
    asked: () => asked,
    fail: () => (status = 500),
    mend: () => (status = 200),
  };
}

test('a token is verified against the key server, whose keys are fetched once', async () => {
  const server = await startKeyServer();
  const authenticate = createAuthenticate({ ...config, AUTH_JWKS_URL: server.url });
  const token = await server.sign('viewer');

  const users = await Promise.all([authenticate(`Bearer ${token}`), authenticate(`bearer ${token}`)]);
  await authenticate(`Bearer ${token}`);

  expect(users).toEqual([makeUser('ada', 'viewer'), makeUser('ada', 'viewer')]);
  expect(server.asked()).toBe(1);
});

test('a local token, a strange key and a role that is none are refused where a key server is set', async () => {
  const server = await startKeyServer();
  const authenticate = createAuthenticate({ ...config, AUTH_JWKS_URL: server.url });
  const { privateKey } = await generateKeyPair('RS256');
  const tokens = [
    await mintLocalToken({ role: 'admin', issuer: config.AUTH_ISSUER }),
    await server.sign('admin', { key: privateKey }),
    await server.sign('admin', { kid: 'two' }),
    await server.sign('king'),
    await server.sign(['admin']),
  ];

  const codes = await Promise.all(
    tokens.map((token) => authenticate(`Bearer ${token}`).catch((error: { code: string }) => error.code)),
  );

  expect(new Set(codes)).toEqual(new Set(['unauthenticated']));
});

test('a key server that is away is told as such, and asked again', async () => {
  const server = await startKeyServer();
  server.fail();
  const authenticate = createAuthenticate({ ...config, AUTH_JWKS_URL: server.url });
  const token = `Bearer ${await server.sign('member')}`;

  const away = await authenticate(token).catch((error: unknown) => error);
  server.mend();

  expect(away).toMatchObject({ code: 'dependency-unavailable', status: 503 });
  expect(await authenticate(token)).toEqual(makeUser('ada', 'member'));
});

test('a token that was accepted before is refused when its time is over', async () => {
  const server = await startKeyServer();
  const authenticate = createAuthenticate({ ...config, AUTH_JWKS_URL: server.url });
  // Clocks may differ by five seconds: it is good for three more, or four.
  const token = `Bearer ${await server.sign('member', { endsAt: Math.floor(Date.now() / 1_000) - 1 })}`;

  const user = await authenticate(token);
  const refusal = await until(() =>
    authenticate(token).then(
      () => undefined,
      (error: unknown) => error,
    ),
  );

  expect(user).toEqual(makeUser('ada', 'member'));
  expect(refusal).toMatchObject({ code: 'unauthenticated', message: expect.stringContaining('expired') });
});

test('what was found out about one token says nothing of another', async () => {
  const server = await startKeyServer();
  const authenticate = createAuthenticate({ ...config, AUTH_JWKS_URL: server.url });
  const { privateKey } = await generateKeyPair('RS256');
  const token = await server.sign('admin');
  const [head, body] = token.split('.');
  const forged = `${head}.${body}.${(await server.sign('admin', { key: privateKey })).split('.')[2]}`;

  expect(await authenticate(`Bearer ${token}`)).toEqual(makeUser('ada', 'admin'));
  await expect(authenticate(`Bearer ${forged}`)).rejects.toMatchObject({ code: 'unauthenticated' });
  expect(await authenticate(`Bearer ${await server.sign('viewer')}`)).toEqual(makeUser('ada', 'viewer'));
});

test('ten first users of a key file agree on one key, which only its owner may read', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'key-'));
  afterFile(async () => rmSync(folder, { recursive: true }));
  const keyFile = join(folder, 'auth', 'key.json');

  const keys = await Promise.all(Array.from({ length: 10 }, () => localKeyPair(keyFile)));
  const prints = await Promise.all(keys.map(async ({ publicKey }) => (await exportJWK(publicKey)).x));

  expect(new Set(prints).size).toBe(1);
  expect(statSync(keyFile).mode & 0o777).toBe(0o600);
});

test('each role is admitted where it belongs', () => {
  const asked: Access[] = ['public', 'any', 'member', 'viewer', 'operator', 'admin'];
  const admitted = (role: Role) => asked.filter((access) => admits(access, role));

  expect(Object.fromEntries(roles.map((role) => [role, admitted(role)]))).toEqual({
    member: ['public', 'any', 'member'],
    viewer: ['public', 'any', 'viewer'],
    operator: ['public', 'any', 'member', 'viewer', 'operator'],
    admin: asked,
  });
});
