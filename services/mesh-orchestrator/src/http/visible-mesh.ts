import { problem, type User } from '@millrace/service';
import { z } from 'zod';
import type { Meshes, StoredMesh } from '../store/meshes.ts';

export const meshParams = z.object({ id: z.uuid() });

/** The mesh, if this user may see it: members see their own. @throws Problem `mesh-not-found` also for those of others. */
export async function visibleMesh(meshes: Pick<Meshes, 'find'>, id: string, user: User): Promise<StoredMesh> {
  const mesh = await meshes.find(id);
  if (!mesh || !(user.seesAll || mesh.ownerId === user.sub)) throw problem('mesh-not-found', { id });
  return mesh;
}
