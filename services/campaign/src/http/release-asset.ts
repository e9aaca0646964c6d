import { purgeAssets } from '@millrace/contracts/campaign';
import type { Jobs } from '@millrace/jobs';
import type { AssetPurges } from '../store/asset-purges.ts';

type Deps = { readonly purges: Pick<AssetPurges, 'markUnreferenced'>; readonly jobs: Jobs; readonly graceMs: number };

/** The purge looks by the database's clock, which may be a little behind. */
const marginMs = 1_000;

/** Begins the grace period of a file that nothing shows any more, and has it purged after that. A file that others show stays. */
export function assetRelease({ purges, jobs, graceMs }: Deps) {
  return async (assetId: string | null): Promise<void> => {
    if (assetId === null || (await purges.markUnreferenced([assetId])) === 0) return;
    await jobs.enqueue(purgeAssets, {}, { runAt: new Date(Date.now() + graceMs + marginMs) });
  };
}
