import { type ImageProvider, startImageProvider } from './image-provider.ts';

let provider: ImageProvider;
beforeEach(async () => {
  provider = await startImageProvider({ privateKey: 'secret', purgeMs: 50 });
});
afterEach(() => provider.stop());

const authorization = `Basic ${Buffer.from('secret:').toString('base64')}`;
const png = Buffer.from('89504e470d0a1a0a0000000d49484452000000020000000308060000000', 'hex');

const call = (path: string, options: RequestInit = {}) =>
  fetch(`${provider.url}${path}`, { ...options, headers: { authorization, ...options.headers } });

const json = (body: unknown): RequestInit => ({
  method: 'POST',
  body: JSON.stringify(body),
  headers: { 'Content-Type': 'application/json' },
});

async function upload(fileName: string, options: Record<string, string> = {}) {
  const form = new FormData();
  form.set('file', new Blob([png], { type: 'image/png' }), fileName);
  form.set('fileName', fileName);
  for (const [name, value] of Object.entries(options)) form.set(name, value);
  const response = await call('/api/v1/files/upload', { method: 'POST', body: form });
  return (await response.json()) as { fileId: string; url: string; filePath: string; size: number; width: number };
}

test('an upload answers with the file and serves it', async () => {
  const file = await upload('a.png', { useUniqueFileName: 'false', folder: '/art' });

  expect(file).toMatchObject({ filePath: '/art/a.png', size: png.length, width: 2, height: 3, fileType: 'image' });
  expect(Buffer.from(await (await fetch(file.url)).arrayBuffer())).toEqual(png);
});

test('a name that need not be unique is overwritten under the same file id', async () => {
  const first = await upload('a.png', { useUniqueFileName: 'false' });
  const second = await upload('a.png', { useUniqueFileName: 'false' });

  expect(second.fileId).toBe(first.fileId);
  expect(provider.files()).toHaveLength(1);
  expect((await upload('a.png')).filePath).not.toBe('/a.png');
});

test('a deleted file is served from the cache until its purge is completed', async () => {
  const { fileId, url } = await upload('a.png');
  await fetch(url);

  expect((await call(`/v1/files/${fileId}`, { method: 'DELETE' })).status).toBe(204);
  expect((await fetch(url)).status).toBe(200);
  const { requestId } = (await (await call('/v1/files/purge', json({ url }))).json()) as { requestId: string };
  const status = async () => ((await (await call(`/v1/files/purge/${requestId}`)).json()) as { status: string }).status;
  expect(await status()).toBe('Pending');
  while ((await status()) !== 'Completed');
  expect((await fetch(url)).status).toBe(404);
});

test('a bulk delete with an unknown file deletes nothing and names it', async () => {
  const { fileId } = await upload('a.png');

  const refused = await call('/v1/files/batch/deleteByFileIds', json({ fileIds: [fileId, 'unknown'] }));
  expect([refused.status, await refused.json()]).toMatchObject([404, { missingFileIds: ['unknown'] }]);
  expect(provider.files()).toHaveLength(1);
  expect((await call('/v1/files/batch/deleteByFileIds', json({ fileIds: [fileId] }))).status).toBe(200);
  expect(provider.files()).toHaveLength(0);
});

test('more than 100 files in one bulk delete and a wrong key are refused', async () => {
  const many = await call('/v1/files/batch/deleteByFileIds', json({ fileIds: Array.from({ length: 101 }, String) }));
  const stranger = await call('/v1/files/x', { method: 'DELETE', headers: { authorization: 'Basic eDo=' } });

  expect([many.status, stranger.status]).toEqual([400, 403]);
});

test('faults strike as often as they were armed, and calls are counted', async () => {
  await call(
    '/__control/faults',
    json({ kind: 'status', status: 429, retryAfterSeconds: 7, operation: 'delete', times: 1 }),
  );
  const struck = await call('/v1/files/x', { method: 'DELETE' });
  const served = await call('/v1/files/x', { method: 'DELETE' });
  provider.fail({ kind: 'reset', times: 1 });

  expect([struck.status, struck.headers.get('retry-after'), served.status]).toEqual([429, '7', 404]);
  await expect(call('/v1/files/x', { method: 'DELETE' })).rejects.toThrow();
  expect(await (await call('/__control/calls')).json()).toEqual({ delete: 3 });
});

test('pictures of templates are drawn from their path', async () => {
  const picture = await fetch(`${provider.url}/templates/0123.png`);

  expect([picture.status, picture.headers.get('content-type')]).toEqual([200, 'image/svg+xml']);
});
