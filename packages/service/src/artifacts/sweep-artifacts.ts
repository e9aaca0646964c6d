import type { ArtifactStore, StoredArtifact } from './artifact-store.ts';

export type Sweep = { readonly seen: number; readonly removed: number; readonly removedBytes: number };

const chunk = 500;

/**
 * Removes files below a prefix that nothing refers to and nobody has touched since a time, also what was begun and never finished.
 * Safe against whoever writes meanwhile as long as a write takes less than the grace, and no key gets a reference that has lost its last one.
 * @param keysInUse those of the keys that something refers to.
 * @throws the signal's reason once it is aborted; what was removed until then is.
 */
export async function sweepArtifacts({
  artifacts,
  prefix,
  untouchedSince,
  keysInUse,
  signal,
}: {
  artifacts: Pick<ArtifactStore, 'list' | 'stat' | 'remove' | 'prune'>;
  prefix: string;
  untouchedSince: Date;
  keysInUse(keys: readonly string[]): Promise<ReadonlySet<string>>;
  signal: AbortSignal;
}): Promise<Sweep> {
  let [seen, removed, removedBytes] = [0, 0, 0];
  const sweep = async (old: readonly StoredArtifact[]) => {
    signal.throwIfAborted();
    const used = await keysInUse(old.map(({ key }) => key));
    for (const { key } of old.filter(({ key }) => !used.has(key))) {
      // Looked at once more: what was written since the listing stays.
      const present = await artifacts.stat(key);
      if (!present || present.modifiedAt >= untouchedSince) continue;
      await artifacts.remove(key);
      removed += 1;
      removedBytes += present.bytes;
    }
  };
  let old: StoredArtifact[] = [];
  for await (const artifact of artifacts.list(prefix)) {
    seen += 1;
    if (artifact.modifiedAt < untouchedSince) old.push(artifact);
    if (old.length < chunk) continue;
    await sweep(old);
    old = [];
  }
  await sweep(old);
  await artifacts.prune(prefix, untouchedSince);
  return { seen, removed, removedBytes };
}
