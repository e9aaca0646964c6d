import { Link } from 'wouter';
import { usePages } from '../api/answers.ts';
import { fileHref } from '../api/files.ts';
import type { Mesh } from '../api/product-shapes.ts';
import { useFilter, useUrlState } from '../api/url-state.ts';
import { Answer, Empty } from '../ui/answer.tsx';
import { Button } from '../ui/button.tsx';
import { Choice } from '../ui/field.tsx';
import { Meter } from '../ui/meter.tsx';
import { numberText } from '../ui/numbers.ts';
import { Page } from '../ui/page.tsx';
import { StateBadge } from '../ui/state-badge.tsx';
import { Ago } from '../ui/time.tsx';
import { ListTools } from './list-tools.tsx';
import { ListViews } from './list-views.tsx';
import { NewMesh } from './new-mesh.tsx';

/** Meshes as pictures of themselves. */
export function MeshesPage() {
  const url = useUrlState();
  const filter = useFilter((name) => name === 'status');
  const meshes = usePages<Mesh>('/api/mesh-orchestrator/meshes', filter);
  return (
    <Page
      title="Meshes"
      actions={
        <>
          <Choice
            label="Show"
            value={url.get('status')}
            onChange={(value) => url.set({ status: value || null })}
            of={[['', 'all'], 'queued', 'processing', 'completed', 'failed', 'cancelled']}
          />
          <ListTools list="meshes" filter={filter} />
          <NewMesh />
        </>
      }
    >
      <ListViews list="meshes" filter={filter} />
      <Answer of={meshes} lines={10}>
        {(rows) =>
          rows.length === 0 ? (
            <Empty title="No mesh yet">A picture goes in, a mesh comes out.</Empty>
          ) : (
            <ul className="gallery" aria-label="Meshes">
              {rows.map((mesh) => (
                <li key={mesh.id}>
                  <MeshCard mesh={mesh} />
                </li>
              ))}
            </ul>
          )
        }
      </Answer>
      {meshes.hasNextPage && (
        <Button isBusy={meshes.isFetchingNextPage} onClick={() => void meshes.fetchNextPage()}>
          Read on
        </Button>
      )}
    </Page>
  );
}

const MeshCard = ({ mesh }: { readonly mesh: Mesh }) => (
  <Link href={`/meshes/${mesh.id}`} className="card mesh-card">
    <Thumbnail mesh={mesh} />
    <span className="mesh-name">
      {mesh.mode} <StateBadge state={mesh.status} />
    </span>
    <span className="hint">
      {mesh.triangleCount === null ? mesh.message : `${numberText(mesh.triangleCount)} triangles`} ·{' '}
      <Ago at={mesh.createdAt} />
    </span>
  </Link>
);

function Thumbnail({ mesh }: { readonly mesh: Mesh }) {
  const thumbnail = mesh.artifacts.find(({ format }) => format === 'thumbnail');
  if (thumbnail)
    return (
      <img
        className="thumbnail"
        src={fileHref('mesh-orchestrator', thumbnail.url)}
        alt={`Mesh of ${mesh.picture}`}
        loading="lazy"
      />
    );
  return (
    <span className="thumbnail">
      {mesh.status === 'processing' || mesh.status === 'queued' ? (
        <Meter share={mesh.progress / 100} label={mesh.stage} />
      ) : (
        mesh.status
      )}
    </span>
  );
}
