import { keyOf, newSecret, seal, unseal } from './session-secret.ts';

test('what is sealed is read with its secret only, and not after a change', () => {
  const [secret, other] = [newSecret(), newSecret()];
  const sealed = seal({ refreshToken: 'of the provider' }, secret);
  const bytes = Buffer.from(sealed, 'base64url');
  bytes.writeUInt8(bytes.readUInt8(30) ^ 1, 30);

  expect(unseal(sealed, secret)).toEqual({ refreshToken: 'of the provider' });
  expect(unseal(sealed, other)).toBeUndefined();
  expect(unseal(bytes.toString('base64url'), secret)).toBeUndefined();
  expect(unseal('', secret)).toBeUndefined();
});

test('a secret has 256 bits, and its key tells nothing of it and is always the same', () => {
  const secret = newSecret();

  expect(Buffer.from(secret, 'base64url')).toHaveLength(32);
  expect(keyOf(secret)).toBe(keyOf(secret));
  expect(keyOf(secret)).not.toContain(secret);
  expect(keyOf(secret)).not.toBe(keyOf(newSecret()));
});
