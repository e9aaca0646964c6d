import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterFile } from '@millrace/testkit';
import { type SignedPaths, signedPaths } from './signed-path.ts';

const path = `/projects/${randomUUID()}/images/${randomUUID()}/file`;
const named = signedPaths({ URL_SIGNING_KEY: 'k'.repeat(32) });

const queryOf = (signed: string) => {
  const url = new URL(signed, 'http://here');
  return { expires: url.searchParams.get('expires') ?? '', signature: url.searchParams.get('signature') ?? '' };
};

const codeOf = (signer: SignedPaths, at: string, query: { expires: string; signature: string }) =>
  signer.check(at, query).then(
    () => 'good',
    (error: { code: string }) => error.code,
  );

test('a signed path is good as it is, for its time', async () => {
  const query = queryOf(await named.sign(path, 60));

  expect(await codeOf(named, path, query)).toBe('good');
});

test('a signature is good for no other path, time or key', async () => {
  const query = queryOf(await named.sign(path, 60));
  const other = signedPaths({ URL_SIGNING_KEY: 'j'.repeat(32) });

  const codes = [
    await codeOf(named, `${path}s`, query),
    await codeOf(named, path, { ...query, expires: `${Number(query.expires) + 1}` }),
    await codeOf(named, path, { ...query, signature: '' }),
    await codeOf(named, path, { ...query, signature: 'ä'.repeat(43) }),
    await codeOf(other, path, query),
  ];

  expect(new Set(codes)).toEqual(new Set(['signature-invalid']));
});

test('a signed path ends with its time', async () => {
  expect(await codeOf(named, path, queryOf(await named.sign(path, -10)))).toBe('link-expired');
});

test('without a key of their own, services that share the local key trust each other', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-signed-'));
  afterFile(() => rm(folder, { recursive: true }));
  const [one, two] = [1, 2].map(() => signedPaths({ AUTH_LOCAL_KEY_FILE: join(folder, 'key.json') }));
  if (!one || !two) throw new Error('there are two');

  expect(await codeOf(two, path, queryOf(await one.sign(path, 60)))).toBe('good');
});
