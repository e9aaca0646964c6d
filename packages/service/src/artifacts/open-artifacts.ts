import { fileURLToPath } from 'node:url';
import type { ArtifactStore } from './artifact-store.ts';
import { directoryStore } from './directory-store.ts';

/**
 * The store at an address: `file:///a/folder`.
 * @throws Error for an address of another kind.
 */
export function openArtifacts(url: string): ArtifactStore {
  if (url.startsWith('file:')) return directoryStore(fileURLToPath(url));
  throw new Error(`no artifact store at ${url}; ARTIFACTS_URL must begin with file:`);
}
