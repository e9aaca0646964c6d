import type { Mesh } from '../api/product-shapes.ts';
import { Clip } from '../ui/clip.tsx';
import { numberText, shareText } from '../ui/numbers.ts';
import { Facts } from '../ui/page.tsx';
import { JobLink, ResourceLink, TraceLink } from '../ui/resource-link.tsx';
import { Ago, Span } from '../ui/time.tsx';

/** What is known of a mesh, in names and values. */
export const MeshFacts = ({ of }: { readonly of: Mesh }) => (
  <Facts
    of={{
      Id: <span className="mono">{of.id}</span>,
      Picture: <Clip text={of.picture} />,
      Mode: of.modeReason ? `${of.mode}: ${of.modeReason}` : of.mode,
      Preset: of.preset ?? undefined,
      Vertices: numberText(of.vertexCount),
      Triangles: numberText(of.triangleCount),
      'Error kept': shareText(of.achievedError),
      Watertight: of.watertight === null ? undefined : of.watertight ? 'yes' : 'no',
      Volume: of.volumeMm3 ? `${numberText(of.volumeMm3)} mm³` : undefined,
      Size: sizeText(of.bboxMm),
      Took: <Span ms={of.usage.durationMs} />,
      'From the store': of.reused ? 'yes, the same was made before' : undefined,
      Attempt: `${of.attempt} of ${of.maxAttempts}`,
      Job: <JobLink service="mesh-orchestrator" id={of.jobId} />,
      Batch: of.batchId ? <ResourceLink href={`/batches/${of.batchId}`} id={of.batchId} /> : undefined,
      Project: of.projectId ? <ResourceLink href={`/projects/${of.projectId}`} id={of.projectId} /> : undefined,
      Trace: <TraceLink id={of.traceId} />,
      Engine: of.engineVersion,
      Owner: of.ownerId,
      Created: <Ago at={of.createdAt} />,
    }}
  />
);

/** Of a box given by its two corners. */
function sizeText(box: Mesh['bboxMm']): string | undefined {
  if (box?.length !== 6) return undefined;
  const edge = (axis: number) => numberText((box[axis + 3] ?? 0) - (box[axis] ?? 0));
  return `${edge(0)} × ${edge(1)} × ${edge(2)} mm`;
}
