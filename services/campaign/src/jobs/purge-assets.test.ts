import { randomUUID } from 'node:crypto';
import type { Outcome, Run } from '@millrace/jobs';
import { type ImageProvider as Simulator, startImageProvider } from '@millrace/simulators';
import { createImageProvider } from '../clients/image-provider.ts';
import { ProviderUnavailable } from '../clients/provider-errors.ts';
import { storeForTests, type TestStore } from '../store/store-for-tests.ts';
import { purgeAssetsJob } from './purge-assets.ts';

let simulator: Simulator;
beforeEach(async () => {
  simulator = await startImageProvider({ purgeMs: 0 });
});
afterEach(() => simulator.stop());

test('a file that nothing shows is deleted at the provider, in its CDN, and here', async () => {
  const { test: tested, assets } = await setup(1);
  const [asset] = assets;
  await fetch(String(asset?.url));

  const outcome = await purge(tested);

  expect(outcome).toMatchObject({ kind: 'done', result: { purged: 1 } });
  expect(simulator.files()).toEqual([]);
  expect((await fetch(String(asset?.url))).status).toBe(404);
  expect(await tested.store.assets.find(String(asset?._id))).toMatchObject({ state: 'purged' });
});

test('120 files go by two bulk deletes of at most 100', async () => {
  const { test: tested } = await setup(120);

  const first = await purge(tested);
  await purge(tested);

  expect(first).toMatchObject({ kind: 'done', jobs: [{ name: 'asset.purge', delayMs: 0 }] });
  expect(simulator.files()).toEqual([]);
  expect(simulator.calls()).toMatchObject({ bulkDelete: 2, purge: 120 });
});

test('a CDN that is not through yet has the job wait without deleting twice', async () => {
  await simulator.stop();
  simulator = await startImageProvider({ purgeMs: 200 });
  const { test: tested } = await setup(1);

  expect(await purge(tested)).toMatchObject({ kind: 'snooze' });
  let outcome = await purge(tested);
  while (outcome.kind === 'snooze') outcome = await purge(tested);

  expect(outcome).toMatchObject({ kind: 'done' });
  expect(simulator.calls()).toMatchObject({ bulkDelete: 1, purge: 1 });
});

test('a purge that died after the provider deleted the file is completed by its rerun', async () => {
  const { test: tested, assets } = await setup(1);
  simulator.fail({ kind: 'status', status: 503, operation: 'purge', times: 1 });

  await expect(purge(tested)).rejects.toThrow(ProviderUnavailable);
  expect(simulator.files()).toEqual([]);
  const outcome = await purge(tested);

  expect(outcome).toMatchObject({ kind: 'done' });
  expect(await tested.store.assets.find(String(assets[0]?._id))).toMatchObject({ state: 'purged' });
});

test('a provider that refuses fails the job for good with a remedy', async () => {
  const { test: tested } = await setup(1);
  simulator.fail({ kind: 'status', status: 401, operation: 'bulkDelete' });

  expect(await purge(tested)).toMatchObject({
    kind: 'fail',
    failure: { code: 'image-provider-refused', remedy: expect.stringContaining('IMAGEKIT') },
  });
});

test('files that still wait out their grace period have the job follow itself', async () => {
  const { test: tested } = await setup(1, { assetGraceMs: 60_000 });

  const outcome = await purge(tested);

  expect(outcome).toMatchObject({ kind: 'done', result: { purged: 0 }, jobs: [{ name: 'asset.purge' }] });
  expect(simulator.files()).toHaveLength(1);
});

async function setup(count: number, options: { assetGraceMs?: number } = {}) {
  const tested = await storeForTests(options);
  const assets = await Promise.all(Array.from({ length: count }, () => uploaded(tested)));
  return { test: tested, assets };
}

async function uploaded({ store }: TestStore) {
  const [id, token] = [randomUUID(), randomUUID()];
  await store.assets.claimUpload(
    { _id: id, mediaType: 'image/png', bytes: 5 },
    { token, until: new Date(Date.now() + 60_000) },
  );
  const file = { bytes: Buffer.from(id), fileName: `${id}.png`, folder: '/pictures', mediaType: 'image/png' };
  return store.assets.finishUpload(id, token, await provider().upload(file));
}

const provider = () =>
  createImageProvider({ apiUrl: simulator.url, privateKey: 'secret', tries: 1, log: { warn: () => undefined } });

function purge({ store }: TestStore): Promise<Outcome> {
  const job = purgeAssetsJob({ purges: store.purges, provider: provider(), pollMs: 10 });
  return job.run({ payload: {}, signal: new AbortController().signal } as Run<{ assetIds?: string[] }>);
}
