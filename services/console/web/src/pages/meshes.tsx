import { Link } from 'wouter';
import { usePages } from '../api/answers.ts';
import { fileHref } from '../api/files.ts';
import type { Mesh } from '../api/product-shapes.ts';
import { useFilter } from '../api/url-state.ts';
import { Empty } from '../ui/answer.tsx';
import { FilterChoice } from '../ui/filter.tsx';
import { Meter } from '../ui/meter.tsx';
import { numberText } from '../ui/numbers.ts';
import { Page } from '../ui/page.tsx';
import { PagedCards } from '../ui/paged-list.tsx';
import { StateBadge } from '../ui/state-badge.tsx';
import { Ago } from '../ui/time.tsx';
import { ListTools } from './list-tools.tsx';
import { ListViews } from './list-views.tsx';
import { NewMesh } from './new-mesh.tsx';

/** Meshes as pictures of themselves. */
export function MeshesPage() {
  const filter = useFilter((name) => name === 'status');
  const meshes = usePages<Mesh>('/api/mesh-orchestrator/meshes', filter);
  return (
    <Page
      title="Meshes"
      actions={
        <>
          <FilterChoice name="status" label="Show" of={['queued', 'processing', 'completed', 'failed', 'cancelled']} />
          <ListTools list="meshes" filter={filter} />
          <NewMesh />
        </>
      }
    >
      <ListViews list="meshes" filter={filter} />
      <PagedCards
        of={meshes}
        label="Meshes"
        kind="gallery"
        keyOf={({ id }) => id}
        card={(mesh) => <MeshCard mesh={mesh} />}
        empty={emptyOf(filter)}
        lines={10}
      />
    </Page>
  );
}

const emptyOf = ({ status }: Readonly<Record<string, string>>) =>
  status ? (
    <Empty title={`No mesh is ${status}`} />
  ) : (
    <Empty title="No mesh yet">A picture goes in, a mesh comes out.</Empty>
  );

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
