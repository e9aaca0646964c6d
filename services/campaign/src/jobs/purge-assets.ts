import { purgeAssets } from '@millrace/contracts/campaign';
import { defineJob, done, exponential, fail, on, snooze } from '@millrace/jobs';
import type { ImageProvider } from '../clients/image-provider.ts';
import { ProviderRefused, ProviderUnavailable } from '../clients/provider-errors.ts';
import type { AssetPurges } from '../store/asset-purges.ts';
import type { Asset } from '../store/assets.ts';

type Deps = {
  readonly purges: AssetPurges;
  readonly provider: Pick<ImageProvider, 'deleteAll' | 'purge' | 'isPurged'>;
  /** Between two looks at how far the CDN is. Default 2 s. */
  readonly pollMs?: number;
};

/**
 * Deletes files that nothing refers to any more: at the provider, in its CDN, and here. Each file carries how far it is, so a rerun
 * goes on where the last run ended. While other files wait out their grace period, it follows itself.
 */
export const purgeAssetsJob = ({ purges, provider, pollMs = 2_000 }: Deps) =>
  defineJob(purgeAssets, {
    unique: { key: ({ assetIds }) => assetIds?.join() ?? 'due' },
    retry: [on(ProviderUnavailable, exponential({ baseMs: 5_000 })), on(Error, exponential({ baseMs: 5_000 }))],

    async run({ payload: { assetIds }, signal }) {
      try {
        const files = await purges.take(assetIds);
        await deleteFiles(files, { purges, provider }, signal);
        const isThrough = await finish(await purges.take(assetIds), { purges, provider }, signal);
        if (!isThrough) return snooze(pollMs);
        return done({ result: { purged: files.length }, jobs: await followUp(purges) });
      } catch (error) {
        if (error instanceof ProviderRefused) return refused(error);
        throw error;
      }
    },
  });

/** Deleted at the provider first, then in the CDN: the other way round the CDN could fetch it once more. */
async function deleteFiles(
  files: readonly Asset[],
  { purges, provider }: Pick<Deps, 'purges' | 'provider'>,
  signal: AbortSignal,
) {
  const open = files.filter(({ purgeRequestId }) => purgeRequestId === null);
  await provider.deleteAll(
    open.flatMap(({ fileId }) => fileId ?? []),
    signal,
  );
  for (const { _id, url } of open) await purges.purgeRequested(_id, await provider.purge(url, signal));
}

/** @returns whether the CDN has forgotten all of them. */
async function finish(
  files: readonly Asset[],
  { purges, provider }: Pick<Deps, 'purges' | 'provider'>,
  signal: AbortSignal,
): Promise<boolean> {
  let waiting = 0;
  for (const { _id, purgeRequestId } of files) {
    if (purgeRequestId !== null && (await provider.isPurged(purgeRequestId, signal))) await purges.purged(_id);
    else waiting += 1;
  }
  return waiting === 0;
}

async function followUp(purges: AssetPurges) {
  const delayMs = await purges.nextDueInMs();
  return delayMs === null ? [] : [{ name: purgeAssets.name, payload: {}, delayMs }];
}

const refused = (error: ProviderRefused) =>
  fail({
    code: error.code,
    message: error.message,
    remedy: 'check IMAGEKIT_API_URL and IMAGEKIT_PRIVATE_KEY, then retry the job',
  });
