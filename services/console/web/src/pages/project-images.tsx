import { useState } from 'react';
import { useLocation } from 'wouter';
import { usePages } from '../api/answers.ts';
import { useDeed } from '../api/deeds.ts';
import { fileHref } from '../api/files.ts';
import { refusalOf, useMe } from '../api/me.ts';
import type { Batch, ProjectImage } from '../api/product-shapes.ts';
import { Empty } from '../ui/answer.tsx';
import { DeedButton } from '../ui/deed-button.tsx';
import { bytesText, countOf } from '../ui/numbers.ts';
import { Section } from '../ui/page.tsx';
import { PagedCards } from '../ui/paged-list.tsx';

/** A project's pictures: uploaded here, made into meshes together. */
export function ProjectImages({ projectId }: { readonly projectId: string }) {
  const [, navigate] = useLocation();
  const images = usePages<ProjectImage>(`/api/projects/projects/${projectId}/images`);
  const all = images.data ?? [];
  return (
    <Section
      title="Pictures"
      actions={
        <>
          <Upload projectId={projectId} />
          <DeedButton<Batch>
            path="/api/mesh-orchestrator/batches"
            body={{ projectId, imageIds: all.map(({ id }) => id) }}
            needs="member"
            said="The batch is under way."
            refusedBecause={whyNoBatch(all.length, images.hasNextPage)}
            onDone={({ id }) => navigate(`/batches/${id}`)}
          >
            Make meshes of {countOf(all.length, 'picture')}
          </DeedButton>
        </>
      }
    >
      <PagedCards
        of={images}
        label="Pictures"
        kind="gallery"
        keyOf={({ id }) => id}
        card={(image) => <PictureCard projectId={projectId} image={image} />}
        empty={<Empty title="No picture yet">Add some; they are made into meshes together.</Empty>}
        lines={4}
      />
    </Section>
  );
}

/** A batch is of all pictures, so all must be here. */
function whyNoBatch(pictures: number, isMore: boolean): string | undefined {
  if (isMore) return 'Not all pictures are here: read on first.';
  return pictures === 0 ? 'There is no picture.' : undefined;
}

function PictureCard({ projectId, image }: { readonly projectId: string; readonly image: ProjectImage }) {
  const { id, name, url, width, height, bytes, heldBy } = image;
  return (
    <div className="card mesh-card">
      <img className="thumbnail" src={fileHref('projects', url)} alt={name} loading="lazy" />
      <span className="mesh-name">{name}</span>
      <span className="hint">{`${width} × ${height}, ${bytesText(bytes)}`}</span>
      <DeedButton
        method="DELETE"
        path={`/api/projects/projects/${projectId}/images/${id}`}
        needs="member"
        kind="danger"
        said="The picture is gone."
        refusedBecause={heldBy.length > 0 ? `In use by ${heldBy.join(', ')}.` : undefined}
        confirm={{ title: `Delete ${name}`, text: 'The picture goes; meshes that were made of it stay.' }}
      >
        Delete
      </DeedButton>
    </div>
  );
}

function Upload({ projectId }: { readonly projectId: string }) {
  const me = useMe();
  const [count, setCount] = useState(0);
  const upload = useDeed(() => setCount((known) => known + 1));
  const reason = refusalOf(me, 'member');
  return (
    <label className="button" aria-disabled={reason !== undefined} title={reason}>
      {upload.isPending ? 'Sending …' : 'Add pictures'}
      <input
        key={count}
        className="visually-hidden"
        type="file"
        accept="image/*"
        multiple
        disabled={reason !== undefined}
        onChange={(event) => {
          const form = new FormData();
          for (const file of event.target.files ?? []) form.append('files', file);
          upload.mutate({ path: `/api/projects/projects/${projectId}/images`, body: form, said: 'Stored.' });
        }}
      />
    </label>
  );
}
