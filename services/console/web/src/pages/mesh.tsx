import { lazy, Suspense } from 'react';
import { useParams } from 'wouter';
import { useAnswer } from '../api/answers.ts';
import { fileHref } from '../api/files.ts';
import type { Artifact, Mesh } from '../api/product-shapes.ts';
import { Answer, Empty, Waiting } from '../ui/answer.tsx';
import { Clip } from '../ui/clip.tsx';
import { DeedButton } from '../ui/deed-button.tsx';
import { FailureNote } from '../ui/failure-note.tsx';
import { Json } from '../ui/json.tsx';
import { Meter } from '../ui/meter.tsx';
import { bytesText, numberText, shareText } from '../ui/numbers.ts';
import { Facts, Page, Section } from '../ui/page.tsx';
import { JobLink, ResourceLink, TraceLink } from '../ui/resource-link.tsx';
import { StateBadge } from '../ui/state-badge.tsx';
import { type Column, Table } from '../ui/table.tsx';
import { Ago, Span } from '../ui/time.tsx';
import { MeshStages } from './mesh-stages.tsx';
import { NewMesh } from './new-mesh.tsx';

/** The heavy part is loaded when there is something to turn. */
const SolidViewer = lazy(async () => ({ default: (await import('../viewers/solid-viewer.tsx')).SolidViewer }));
const SpriteViewer = lazy(async () => ({ default: (await import('../viewers/sprite-viewer.tsx')).SpriteViewer }));

/** One mesh: the thing itself, how it came to be, its files. */
export function MeshPage() {
  const { id = '' } = useParams();
  const mesh = useAnswer<Mesh>(`/api/mesh-orchestrator/meshes/${id}`, { everyMs: 3_000 });
  return (
    <Answer of={mesh} lines={10}>
      {(found) => <Shown mesh={found} />}
    </Answer>
  );
}

const isOver = ({ status }: Mesh): boolean => ['completed', 'failed', 'cancelled'].includes(status);

function Shown({ mesh }: { readonly mesh: Mesh }) {
  const at = `/api/mesh-orchestrator/meshes/${mesh.id}`;
  const over = isOver(mesh) ? `It has ended: ${mesh.status}.` : undefined;
  return (
    <Page
      title={`Mesh, ${mesh.mode}`}
      aside={<StateBadge state={mesh.status} />}
      from={{ href: '/meshes', text: 'Meshes' }}
      actions={
        <>
          <NewMesh like={{ ...mesh, mode: mesh.requestedMode }} />
          <DeedButton
            path={`${at}/retry`}
            needs="member"
            said="It is tried again."
            refusedBecause={
              mesh.status === 'failed' || mesh.status === 'cancelled' ? undefined : `It is ${mesh.status}.`
            }
          >
            Retry
          </DeedButton>
          <DeedButton
            path={`${at}/cancel`}
            needs="member"
            kind="danger"
            said="It is asked to stop."
            refusedBecause={over}
          >
            Cancel
          </DeedButton>
        </>
      }
    >
      {mesh.error && <FailureNote of={mesh.error} />}
      {!isOver(mesh) && <Underway mesh={mesh} />}
      <Viewer mesh={mesh} />
      <div className="card">
        <MeshFacts of={mesh} />
      </div>
      <Section title="Parameters">
        <Json value={mesh.parameters} label="Parameters" />
        {mesh.warnings.map(({ parameter, message }) => (
          <p key={parameter} className="hint">
            {parameter}: {message}
          </p>
        ))}
      </Section>
      <Section title="Files">
        <Table
          label="Files"
          columns={fileColumns}
          rows={mesh.artifacts}
          keyOf={({ name }) => name}
          empty={<Empty title="No file yet" />}
        />
      </Section>
      {mesh.traceId && isOver(mesh) && (
        <Section title="Stages and their times">
          <MeshStages meshId={mesh.id} traceId={mesh.traceId} />
        </Section>
      )}
    </Page>
  );
}

const Underway = ({ mesh: { progress, stage, message, queuePosition, etaSeconds } }: { readonly mesh: Mesh }) => (
  <div className="card underway" role="status">
    <Meter share={progress / 100} label={stage || 'Progress'} />
    <span>{message || stage}</span>
    {queuePosition !== null && <span className="faint">{queuePosition} before it</span>}
    {etaSeconds !== null && (
      <span className="faint">
        about <Span ms={etaSeconds * 1_000} /> more
      </span>
    )}
  </div>
);

function Viewer({ mesh }: { readonly mesh: Mesh }) {
  const glb = hrefOf(mesh, 'glb');
  const json = hrefOf(mesh, 'json');
  if (mesh.status !== 'completed') return null;
  return (
    <Suspense fallback={<Waiting lines={9} />}>
      {glb && <SolidViewer src={glb} label={`Mesh of ${mesh.picture}`} />}
      {!glb && json && mesh.mode === 'sprite' && (
        <SpriteViewer src={json} picture={hrefOf(mesh, 'png')} label={`Sprite of ${mesh.picture}`} />
      )}
    </Suspense>
  );
}

function hrefOf({ artifacts }: Mesh, format: string): string | undefined {
  const artifact = artifacts.find((known) => known.format === format);
  return artifact && fileHref('mesh-orchestrator', artifact.url);
}

/** Of a box given by its two corners. */
function sizeText(box: Mesh['bboxMm']): string | undefined {
  if (box?.length !== 6) return undefined;
  const edge = (axis: number) => numberText((box[axis + 3] ?? 0) - (box[axis] ?? 0));
  return `${edge(0)} × ${edge(1)} × ${edge(2)} mm`;
}

const MeshFacts = ({ of }: { readonly of: Mesh }) => (
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

const fileColumns: readonly Column<Artifact>[] = [
  {
    title: 'File',
    cell: ({ name, url }) => (
      <a href={fileHref('mesh-orchestrator', url)} download={name}>
        {name}
      </a>
    ),
  },
  { title: 'Format', cell: ({ format }) => format },
  { title: 'Size', isNumber: true, cell: ({ bytes }) => bytesText(bytes) },
  { title: 'SHA-256', cell: ({ sha256 }) => <Clip text={sha256} kind="mono" /> },
];
