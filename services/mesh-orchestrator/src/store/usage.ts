import type { Connection } from 'mongoose';
import { projectOf } from '../domain/mesh.ts';
import { addUsage, monthBounds, noUsage, type UsageRow, type UsedMesh, usageOf } from '../domain/usage.ts';
import { meshModel } from './meshes.ts';

export type Usage = ReturnType<typeof usageIn>;

/** Read from the meshes themselves, which are never deleted: there is no second count that could drift from them. */
export function usageIn(database: Connection) {
  const model = meshModel(database);
  return {
    /** What was asked for in a month, per person and project, sorted by them. @param ownerId undefined: everybody's. */
    async ofMonth(month: string, ownerId: string | undefined): Promise<UsageRow[]> {
      const { from, to } = monthBounds(month);
      const filter = { createdAt: { $gte: from, $lt: to }, ...(ownerId !== undefined && { ownerId }) };
      const fields = {
        ownerId: 1,
        source: 1,
        status: 1,
        startedAt: 1,
        finishedAt: 1,
        'result.artifacts': 1,
        reusedFrom: 1,
      };
      const rows = new Map<string, UsageRow>();
      const meshes = model
        .find(filter as never, fields)
        .lean<UsedMesh[]>()
        .cursor();
      for await (const mesh of meshes as AsyncIterable<UsedMesh>) add(rows, mesh);
      return [...rows].sort(([one], [other]) => one.localeCompare(other)).map(([, row]) => row);
    },
  };
}

function add(rows: Map<string, UsageRow>, mesh: UsedMesh): void {
  const projectId = projectOf(mesh.source);
  const key = `${mesh.ownerId}\n${projectId ?? ''}`;
  const sum = addUsage(rows.get(key) ?? noUsage, usageOf(mesh));
  rows.set(key, { ownerId: mesh.ownerId, projectId, ...sum });
}
