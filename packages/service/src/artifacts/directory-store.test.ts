import { mkdir, mkdtemp, readdir, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { afterFile } from '@millrace/testkit';
import { ArtifactMissing } from './artifact-store.ts';
import { openArtifacts } from './open-artifacts.ts';

const root = await mkdtemp(join(tmpdir(), 'millrace-artifacts-'));
afterFile(() => rm(root, { recursive: true }));
const store = openArtifacts(pathToFileURL(root).href);
const of = (content: string) => Readable.from([Buffer.from(content)]);
const keysBelow = async (prefix: string) => {
  const keys: string[] = [];
  for await (const { key } of store.list(prefix)) keys.push(key);
  return keys.sort();
};

test('what was put is read back, whole or in part, and is listed with its size', async () => {
  await store.put('read/a/one.txt', of('one and more'));

  expect(await text(await store.open('read/a/one.txt'))).toBe('one and more');
  expect(await text(await store.open('read/a/one.txt', { from: 4, to: 6 }))).toBe('and');
  expect(await store.stat('read/a/one.txt')).toEqual({
    key: 'read/a/one.txt',
    bytes: 12,
    modifiedAt: expect.any(Date),
  });
  expect(await keysBelow('read')).toEqual(['read/a/one.txt']);
});

test('a put whose source breaks off leaves what was there before, and nothing beside it', async () => {
  await store.put('broken/one.txt', of('before'));
  const source = Readable.from(
    (async function* () {
      yield Buffer.from('half');
      throw new Error('the sender has gone');
    })(),
  );

  await expect(store.put('broken/one.txt', source)).rejects.toThrow('the sender has gone');

  expect(await text(await store.open('broken/one.txt'))).toBe('before');
  expect(await readdir(join(root, 'broken'))).toEqual(['one.txt']);
});

test('fifty puts of one key leave one whole file', async () => {
  await Promise.all(Array.from({ length: 50 }, (_, place) => store.put('many/one.txt', of(`${place}`.repeat(1_000)))));

  expect(await text(await store.open('many/one.txt'))).toMatch(/^(\d\d?)\1*$/);
  expect(await keysBelow('many')).toEqual(['many/one.txt']);
});

test('what is not there is missing, and is removed already', async () => {
  await expect(store.open('none/at-all')).rejects.toThrow(ArtifactMissing);
  await store.remove('none/at-all');

  expect(await store.stat('none/at-all')).toBeUndefined();
  expect(await keysBelow('none')).toEqual([]);
});

test.each(['', '/a', 'a/', '../a', 'a/../b', 'a//b', '.a', 'a/.b', 'a b', 'a\0b', `${'a/'.repeat(300)}a`])(
  'the key %j is refused',
  async (key) => {
    await expect(store.put(key, of(''))).rejects.toThrow('is not allowed');
  },
);

test('pruning removes empty folders that rest, and leaves fresh and used ones', async () => {
  const long = new Date('2020-01-01');
  await Promise.all(
    ['prune/empty/deep', 'prune/fresh', 'prune/used'].map((path) => mkdir(join(root, path), { recursive: true })),
  );
  await store.put('prune/used/one.txt', of('one'));
  for (const path of ['prune/empty/deep', 'prune/empty', 'prune/used']) await utimes(join(root, path), long, long);

  await store.prune('prune', new Date('2021-01-01'));

  expect((await readdir(join(root, 'prune'))).sort()).toEqual(['fresh', 'used']);
});

test('an address of another kind is refused by what is allowed', () => {
  expect(() => openArtifacts('ftp://somewhere')).toThrow('ARTIFACTS_URL must begin with file:');
});
