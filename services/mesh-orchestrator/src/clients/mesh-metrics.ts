import { metrics } from '@opentelemetry/api';
import type { Mesh } from '../domain/mesh.ts';

const meter = metrics.getMeter('millrace.mesh-orchestrator');

const ended = meter.createCounter('mesh_generations', { description: 'Meshes that have ended, by mode and end.' });
const duration = meter.createHistogram('mesh_generation_duration_seconds', {
  description: 'From the first look at a mesh to its end.',
});
/** From an icon to what the engine makes at most. */
const advice = { explicitBucketBoundaries: [100, 300, 1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000] };
const vertices = meter.createHistogram('mesh_vertices', { description: 'Vertices of completed meshes.', advice });
const triangles = meter.createHistogram('mesh_triangles', { description: 'Triangles of completed meshes.', advice });

/** Counts a mesh that has ended, and measures one that has ended well. */
export function countMesh({
  status,
  mode,
  requestedMode,
  error,
  result,
  startedAt,
  finishedAt,
  reusedFrom,
}: Mesh): void {
  const labels = { mode: mode ?? requestedMode };
  ended.add(1, { ...labels, end: status, error: error?.code ?? '', reused: reusedFrom !== null });
  if (startedAt && finishedAt)
    duration.record((finishedAt.getTime() - startedAt.getTime()) / 1_000, { ...labels, end: status });
  if (status !== 'completed' || !result || reusedFrom) return;
  vertices.record(result.vertexCount, labels);
  triangles.record(result.triangleCount, labels);
}
