import { useParams } from 'wouter';
import { useAnswer } from '../api/answers.ts';
import type { Mesh } from '../api/product-shapes.ts';
import { Answer } from '../ui/answer.tsx';
import { FailureNote } from '../ui/failure-note.tsx';
import { Json } from '../ui/json.tsx';
import { Meter } from '../ui/meter.tsx';
import { Page, Section } from '../ui/page.tsx';
import { StateBadge } from '../ui/state-badge.tsx';
import { Span } from '../ui/time.tsx';
import { MeshDeeds } from './mesh-deeds.tsx';
import { MeshFacts } from './mesh-facts.tsx';
import { MeshFiles } from './mesh-files.tsx';
import { MeshStages } from './mesh-stages.tsx';
import { MeshViewer } from './mesh-viewer.tsx';

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
  return (
    <Page
      title={`Mesh, ${mesh.mode}`}
      aside={<StateBadge state={mesh.status} />}
      from={{ href: '/meshes', text: 'Meshes' }}
      actions={<MeshDeeds mesh={mesh} />}
    >
      {mesh.error && <FailureNote of={mesh.error} />}
      {!isOver(mesh) && <Underway mesh={mesh} />}
      {mesh.status === 'completed' && <MeshViewer mesh={mesh} />}
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
      <MeshFiles of={mesh.artifacts} />
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
