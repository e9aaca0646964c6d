import { createHash } from 'node:crypto';
import type { Mesh } from './mesh.ts';

/** The same for meshes that the same engine would make the same of the same picture. */
export function makingKeyOf(
  { requestedMode, parameters }: Pick<Mesh, 'requestedMode' | 'parameters'>,
  engineVersion: string,
): string {
  const ordered = Object.entries(parameters).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([engineVersion, requestedMode, ordered]))
    .digest('hex');
}
