import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { enginePython, freePort } from '@millrace/stack';
import { afterFile, until } from '@millrace/testkit';
import { ArtifactMissing, type ArtifactStore } from './artifact-store.ts';
import { openArtifacts } from './open-artifacts.ts';

let store: ArtifactStore;
const of = (content: string) => Readable.from([Buffer.from(content)]);

/** A server of S3's own protocol, which the engine's tests bring along. */
beforeAll(async () => {
  const [python, port] = [await enginePython(() => undefined), await freePort()];
  const server = spawn(python.path, ['-m', 'moto.server', '-H', '127.0.0.1', '-p', `${port}`], { stdio: 'ignore' });
  afterFile(async () => {
    server.kill();
    await once(server, 'exit');
  });
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${port}`,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'somebody',
    AWS_SECRET_ACCESS_KEY: 'something',
  });
  await until(
    () =>
      fetch(`http://127.0.0.1:${port}/moto-api/`).then(
        ({ ok }) => ok,
        () => false,
      ),
    {
      withinMs: 30_000,
      message: 'the S3 server answers',
    },
  );
  const client = new S3Client({ forcePathStyle: true });
  await client.send(new CreateBucketCommand({ Bucket: 'pictures' }));
  client.destroy();
  store = openArtifacts('s3://pictures/of/tests');
}, 60_000);

const keysBelow = async (prefix: string) => {
  const keys: string[] = [];
  for await (const { key } of store.list(prefix)) keys.push(key);
  return keys.sort();
};

test('what was put is read back, whole or in part, and is listed with its size below its prefix only', async () => {
  await store.put('read/a/one.txt', of('one and more'));
  await store.put('reader/two.txt', of('two'));

  expect(await text(await store.open('read/a/one.txt'))).toBe('one and more');
  expect(await text(await store.open('read/a/one.txt', { from: 4, to: 6 }))).toBe('and');
  expect(await store.stat('read/a/one.txt')).toEqual({
    key: 'read/a/one.txt',
    bytes: 12,
    modifiedAt: expect.any(Date),
  });
  expect(await keysBelow('read')).toEqual(['read/a/one.txt']);
});

test('what is not there is missing, and is removed already', async () => {
  await store.put('gone/one.txt', of('one'));
  await store.remove('gone/one.txt');
  await store.remove('gone/one.txt');

  await expect(store.open('gone/one.txt')).rejects.toThrow(ArtifactMissing);
  expect(await store.stat('gone/one.txt')).toBeUndefined();
  expect(await keysBelow('gone')).toEqual([]);
});

test('a put whose source breaks off leaves what was there before', async () => {
  await store.put('broken/one.txt', of('before'));
  const source = Readable.from(
    (async function* () {
      yield Buffer.from('half');
      throw new Error('the sender has gone');
    })(),
  );

  await expect(store.put('broken/one.txt', source)).rejects.toThrow('the sender has gone');

  expect(await text(await store.open('broken/one.txt'))).toBe('before');
});

test('a link gives the file with its name and type to whoever has it', async () => {
  await store.put('linked/one.glb', of('a mesh'));

  const link = await store.linkTo?.('linked/one.glb', 60, { fileName: 'one.glb', mediaType: 'model/gltf-binary' });
  const answer = await fetch(link ?? '');

  expect(await answer.text()).toBe('a mesh');
  expect(answer.headers.get('content-type')).toBe('model/gltf-binary');
  expect(new URL(link ?? '').searchParams.get('X-Amz-Expires')).toBe('60');
});

test.each(['../keys', 'a//b', '.hidden/a', '/etc/passwd'])('the key %j is refused', async (key) => {
  await expect(store.stat(key)).rejects.toThrow('is not allowed');
});
