import type { usageFigures } from '@millrace/contracts/mesh';
import type { z } from 'zod';
import { isEnded, type Mesh } from './mesh.ts';

type Figures = z.output<typeof usageFigures>;

/** What one person has used in one project; the project is null for pictures by address. */
export type UsageRow = Figures & { readonly ownerId: string; readonly projectId: string | null };

/** Nothing was used. */
export const noUsage: Figures = { tasks: 0, completed: 0, failed: 0, cancelled: 0, seconds: 0, bytes: 0 };

/** A mesh as far as usage counts it. */
export type UsedMesh = Pick<
  Mesh,
  'ownerId' | 'source' | 'status' | 'startedAt' | 'finishedAt' | 'result' | 'reusedFrom'
>;

/** What a mesh counts for: seconds from its beginning to its end; bytes that were made for it, none for one that was made before. */
export const usageOf = (mesh: UsedMesh): Figures => ({
  tasks: 1,
  completed: mesh.status === 'completed' ? 1 : 0,
  failed: mesh.status === 'failed' ? 1 : 0,
  cancelled: mesh.status === 'cancelled' ? 1 : 0,
  seconds: secondsOf(mesh),
  bytes: mesh.status === 'completed' && mesh.reusedFrom === null ? bytesOf(mesh) : 0,
});

/** The sum of both, without whose it is. */
export const addUsage = (one: Figures, other: Figures): Figures => ({
  tasks: one.tasks + other.tasks,
  completed: one.completed + other.completed,
  failed: one.failed + other.failed,
  cancelled: one.cancelled + other.cancelled,
  seconds: Math.round((one.seconds + other.seconds) * 1_000) / 1_000,
  bytes: one.bytes + other.bytes,
});

const secondsOf = (mesh: UsedMesh): number =>
  isEnded(mesh) && mesh.startedAt && mesh.finishedAt
    ? Math.max(0, mesh.finishedAt.getTime() - mesh.startedAt.getTime()) / 1_000
    : 0;

const bytesOf = ({ result }: UsedMesh): number => (result?.artifacts ?? []).reduce((sum, { bytes }) => sum + bytes, 0);

/** A month as `2026-11`. */
export const monthShape = /^\d{4}-(0[1-9]|1[0-2])$/;

/** The month's first moment and the next one's, in UTC. */
export function monthBounds(month: string): { from: Date; to: Date } {
  const [year = 0, number = 1] = month.split('-').map(Number);
  return { from: new Date(Date.UTC(year, number - 1)), to: new Date(Date.UTC(year, number)) };
}

export const monthOf = (at: Date): string => at.toISOString().slice(0, 7);

/** The month before the one of that moment. */
export const monthBefore = (at: Date): string => monthOf(new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() - 1)));
