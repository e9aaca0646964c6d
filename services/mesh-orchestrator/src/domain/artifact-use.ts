import { engineJobOfKey } from './artifact-key.ts';
import { isEnded, type Mesh } from './mesh.ts';

/** The mesh that a file below `meshes/<engine job>/` was made for; undefined for what no engine job has left. */
export const meshIdOf = (key: string): string | undefined => engineJobOfKey(key)?.meshId;

/**
 * Whether a file is still needed.
 * | its mesh | needed is |
 * |---|---|
 * | is not there | nothing |
 * | waits or is being made | everything |
 * | is completed | what lies in the folder of a file that it shows, the engine's own record of the job included |
 * | has failed, and its clean-up is due | everything: that removes it |
 * | has failed and is cleaned up, or was cancelled | nothing |
 */
export function isInUse(key: string, mesh: Pick<Mesh, 'status' | 'result' | 'cleanedUpAt'> | undefined): boolean {
  if (!mesh) return false;
  if (!isEnded(mesh)) return true;
  if (mesh.status === 'failed') return mesh.cleanedUpAt === null;
  return mesh.status === 'completed' && foldersOf(mesh).has(folderOf(key));
}

const foldersOf = ({ result }: Pick<Mesh, 'result'>): ReadonlySet<string> =>
  new Set((result?.artifacts ?? []).map(({ key }) => folderOf(key)));

const folderOf = (key: string): string => key.slice(0, key.lastIndexOf('/'));
