import { type ImageProvider as Simulator, startImageProvider } from '@millrace/simulators';
import { createImageProvider } from './image-provider.ts';
import { ProviderRefused, ProviderUnavailable } from './provider-errors.ts';

let simulator: Simulator;
let logged: { fields: object; message: string }[];
let observed: { operation: string; isGood: boolean; isRetry: boolean }[];

beforeEach(async () => {
  simulator = await startImageProvider({ privateKey: 'secret', purgeMs: 1_000 });
  logged = [];
  observed = [];
});
afterEach(() => simulator.stop());

const client = (options: { timeoutMs?: number; tries?: number; privateKey?: string; patienceMs?: number } = {}) =>
  createImageProvider({
    apiUrl: simulator.url,
    privateKey: 'secret',
    backoffMs: 5,
    log: { warn: (fields, message) => logged.push({ fields, message }) },
    observe: (call) => observed.push(call),
    ...options,
  });

const fileOf = (name: string) => ({
  bytes: Buffer.from(`bytes of ${name}`),
  fileName: `${name}.png`,
  folder: '/uploads',
  mediaType: 'image/png',
});

test('an upload stores the bytes under the given path', async () => {
  const file = await client().upload(fileOf('a'));

  expect(file).toMatchObject({ filePath: '/uploads/a.png', url: `${simulator.url}/uploads/a.png` });
  expect(simulator.files().map(({ bytes }) => bytes.toString())).toEqual(['bytes of a']);
});

test.each([
  ['an answer 503', { kind: 'status', status: 503, times: 2 }],
  ['an answer 500', { kind: 'status', status: 500, times: 2 }],
  ['an answer 429 with Retry-After', { kind: 'status', status: 429, retryAfterSeconds: 0, times: 2 }],
  ['a reset connection', { kind: 'reset', times: 2 }],
  ['a connection reset after the file was stored', { kind: 'reset-after', times: 2 }],
] as const)('%s is tried again, and the file is stored once', async (_name, fault) => {
  simulator.fail(fault);

  await client().upload(fileOf('a'));

  expect(simulator.calls()).toEqual({ upload: 3 });
  expect(simulator.files()).toHaveLength(1);
  expect(observed.map(({ isGood, isRetry }) => [isGood, isRetry])).toEqual([
    [false, false],
    [false, true],
    [true, true],
  ]);
});

test('a provider that does not answer is given up after the timeout, try by try', async () => {
  simulator.fail({ kind: 'timeout' });

  const upload = client({ timeoutMs: 30, tries: 2 }).upload(fileOf('a'));

  await expect(upload).rejects.toThrow(ProviderUnavailable);
  await expect(upload).rejects.toThrow('image provider: upload failed: no answer within 30 ms');
  expect(logged).toHaveLength(2);
  expect(logged[0]).toMatchObject({
    message: 'image provider call failed',
    fields: { operation: 'upload', attempt: 1 },
  });
});

test('a Retry-After beyond our patience is handed on instead of waited for', async () => {
  simulator.fail({ kind: 'status', status: 429, retryAfterSeconds: 3_600 });

  const upload = client().upload(fileOf('a'));

  await expect(upload).rejects.toMatchObject({ name: 'ProviderUnavailable', retryAfterMs: 3_600_000 });
  expect(simulator.calls()).toEqual({ upload: 1 });
});

test('a refusal is not tried again and says why', async () => {
  const upload = client({ privateKey: 'wrong' }).upload(fileOf('a'));

  await expect(upload).rejects.toThrow(ProviderRefused);
  await expect(upload).rejects.toThrow(
    'image provider: upload was answered 403: Your account cannot be authenticated.',
  );
  expect(simulator.calls()).toEqual({ upload: 1 });
});

test('an aborted call ends at once with the reason of its signal', async () => {
  simulator.fail({ kind: 'timeout' });
  const stopping = new AbortController();

  const upload = client().upload(fileOf('a'), stopping.signal);
  stopping.abort(new Error('shutdown'));

  await expect(upload).rejects.toThrow('shutdown');
});

test('deleting what is not there counts as done, one by one and in bulk', async () => {
  const { fileId } = await client().upload(fileOf('a'));

  await client().delete('unknown');
  await client().deleteAll(['gone-1', fileId, 'gone-2']);
  await client().deleteAll(['gone-1', 'gone-2']);

  expect(simulator.files()).toEqual([]);
});

test('more than 100 files in one bulk delete are refused before any call', async () => {
  await expect(client().deleteAll(Array.from({ length: 101 }, String))).rejects.toThrow(RangeError);

  expect(simulator.calls()).toEqual({});
});

test('a purge is completed after a while, and an unknown request is over', async () => {
  const { url } = await client().upload(fileOf('a'));

  const requestId = await client().purge(url);

  expect(await client().isPurged(requestId)).toBe(false);
  while (!(await client().isPurged(requestId)));
  expect(await client().isPurged('unknown')).toBe(true);
});

test('a connection that the provider has closed while idle is replaced unnoticed', async () => {
  const provider = client();
  const file = await provider.upload(fileOf('a'));
  const port = Number(new URL(simulator.url).port);
  await simulator.stop();
  simulator = await startImageProvider({ privateKey: 'secret', port });

  const again = await provider.upload(fileOf('a'));

  expect(again.url).toBe(file.url);
});

test('200 uploads under 30 % faults store each file exactly once', async () => {
  simulator.fail({ kind: 'status', status: 503, every: 10 });
  simulator.fail({ kind: 'reset', every: 9 });
  simulator.fail({ kind: 'reset-after', every: 8 });
  const provider = client({ tries: 10 });
  const names = Array.from({ length: 200 }, (_, index) => `file-${index}`);

  const files = await Promise.all(names.map((name) => provider.upload(fileOf(name))));

  expect(
    simulator
      .files()
      .map(({ bytes }) => bytes.toString())
      .sort(),
  ).toEqual(names.map((name) => `bytes of ${name}`).sort());
  expect(new Set(files.map(({ fileId }) => fileId)).size).toBe(200);
  const failed = observed.filter(({ isGood }) => !isGood).length;
  expect(failed / observed.length).toBeGreaterThan(0.25);
});
