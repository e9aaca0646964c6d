import { fileURLToPath } from 'node:url';
import type { ArtifactStore } from './artifact-store.ts';
import { directoryStore } from './directory-store.ts';
import { s3Store } from './s3-store.ts';

/**
 * The store at an address: `file:///a/folder`, or `s3://bucket/prefix`.
 * @throws Error for an address of another kind.
 */
export function openArtifacts(url: string): ArtifactStore {
  if (url.startsWith('file:')) return directoryStore(fileURLToPath(url));
  const [, bucket, prefix = ''] = /^s3:\/\/([^/]+)(?:\/(.*?))?\/?$/.exec(url) ?? [];
  if (bucket) return s3Store({ bucket, prefix });
  throw new Error(`no artifact store at ${url}; ARTIFACTS_URL must begin with file: or s3:`);
}
