import type { Connection } from 'mongoose';
import { meshRunsIn } from './mesh-runs.ts';
import { meshesIn } from './meshes.ts';

/** Everything that this service keeps. Defines the models at once; whoever connects builds their indexes. */
export function createMeshStore(database: Connection) {
  return { meshes: meshesIn(database), runs: meshRunsIn(database) };
}
