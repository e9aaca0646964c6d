import { randomBytes } from 'node:crypto';
import { localToken } from '@millrace/stack';
import { secretsIn } from './secrets-in.ts';

test('a log line without a secret tells none', () => {
  const line =
    '{"level":"info","url":"/projects/1/images/2/file?expires=1","db":"mongodb://127.0.0.1:27017/x","msg":"answered"}';

  expect(secretsIn(line, { 'the secret of callbacks': 'k3FhPq0rV9' })).toEqual([]);
});

test('each kind of secret is found where it stands, and is not told again', async () => {
  const token = await localToken('admin', 'somebody');
  const secret = randomBytes(24).toString('base64url');
  const text = [
    `authorization: Bearer ${token}`,
    'key: -----BEGIN PRIVATE KEY-----',
    'connecting to amqp://millrace:hunter2@127.0.0.1:5672',
    `secret: whsec_${secret}`,
    `GET /meshes/1/artifacts/mesh.glb?expires=1&signature=${secret}`,
  ].join('\n');

  const found = secretsIn(text, { 'the secret of callbacks': secret });

  expect(found.map((sentence) => sentence.split(' after ')[0])).toEqual([
    'a token',
    'a private key',
    'a password in an address',
    'the secret of a webhook',
    'the signature of a link',
    'the secret of callbacks',
    'the secret of callbacks',
  ]);
  expect(found[0]).toBe('a token after …authorization: Bearer ');
  expect(found.filter((sentence) => sentence.includes(token) || sentence.endsWith('hunter2'))).toEqual([]);
});
