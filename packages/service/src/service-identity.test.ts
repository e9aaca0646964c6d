import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterFile } from '@millrace/testkit';
import { decodeJwt, exportJWK, generateKeyPair } from 'jose';
import { createAuthenticate } from './authentication.ts';
import { serviceIdentity } from './service-identity.ts';

const names = { AUTH_ISSUER: 'millrace-local', AUTH_AUDIENCE: 'millrace' };

test('a service shows itself to another by the local key', async () => {
  const authorization = await serviceIdentity('mesh-orchestrator', names).authorization();

  expect(await createAuthenticate(names)(authorization)).toEqual({
    sub: 'service:mesh-orchestrator',
    role: 'operator',
    seesAll: true,
  });
});

test('a service acts in a person’s name as a member, and says that it is the one who acts', async () => {
  const authorization = await serviceIdentity('projects', names).authorizationFor('ann');

  expect(await createAuthenticate(names)(authorization)).toEqual({ sub: 'ann', role: 'member', seesAll: false });
  expect(decodeJwt(authorization.slice('Bearer '.length))['act']).toEqual({ sub: 'service:projects' });
});

test('a service acts for a person with the role that somebody has vouched for, until then and no longer', async () => {
  const until = new Date(1_000 * Math.floor(Date.now() / 1_000) + 40_000);
  const authorization = await serviceIdentity('console', names).authorizationAs({ sub: 'ann', role: 'admin', until });

  expect(await createAuthenticate(names)(authorization)).toMatchObject({ sub: 'ann', role: 'admin' });
  expect(decodeJwt(authorization.slice('Bearer '.length))).toMatchObject({
    exp: until.getTime() / 1_000,
    act: { sub: 'service:console' },
  });
});

test('a token is used for some minutes', async () => {
  const identity = serviceIdentity('mesh-orchestrator', names);

  expect(await identity.authorization()).toBe(await identity.authorization());
});

test('beside an identity provider a service signs with the key whose public part stands there', async () => {
  const { privateKey, publicKey } = await generateKeyPair('EdDSA', { extractable: true });
  const keys = [{ ...(await exportJWK(publicKey)), kid: 'services', alg: 'EdDSA' }];
  const server = createServer((_request, response) => void response.end(JSON.stringify({ keys })));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterFile(async () => void server.close());
  const config = { ...names, AUTH_JWKS_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  const SERVICE_KEY = JSON.stringify({ ...(await exportJWK(privateKey)), kid: 'services', alg: 'EdDSA' });

  const authorization = await serviceIdentity('campaign', { ...config, SERVICE_KEY }).authorization();

  expect(await createAuthenticate(config)(authorization)).toMatchObject({ sub: 'service:campaign' });
  await expect(serviceIdentity('campaign', config).authorization()).rejects.toThrow('SERVICE_KEY is not');
});
