import { useState } from 'react';
import { useLocation } from 'wouter';
import { usePages } from '../api/answers.ts';
import { useDeed } from '../api/deeds.ts';
import { fileHref } from '../api/files.ts';
import { refusalOf, useMe } from '../api/me.ts';
import type { Batch, ProjectImage } from '../api/product-shapes.ts';
import { Answer, Empty } from '../ui/answer.tsx';
import { DeedButton } from '../ui/deed-button.tsx';
import { bytesText, countOf } from '../ui/numbers.ts';
import { Section } from '../ui/page.tsx';

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
            refusedBecause={all.length === 0 ? 'There is no picture.' : undefined}
            onDone={({ id }) => navigate(`/batches/${id}`)}
          >
            Make meshes of {countOf(all.length, 'picture')}
          </DeedButton>
        </>
      }
    >
      <Answer of={images}>
        {(rows) =>
          rows.length === 0 ? (
            <Empty title="No picture yet" />
          ) : (
            <ul className="gallery" aria-label="Pictures">
              {rows.map((image) => (
                <li key={image.id} className="card mesh-card">
                  <img className="thumbnail" src={fileHref('projects', image.url)} alt={image.name} loading="lazy" />
                  <span className="mesh-name">{image.name}</span>
                  <span className="hint">{`${image.width} × ${image.height}, ${bytesText(image.bytes)}`}</span>
                  <DeedButton
                    method="DELETE"
                    path={`/api/projects/projects/${projectId}/images/${image.id}`}
                    needs="member"
                    kind="danger"
                    said="The picture is gone."
                    refusedBecause={image.heldBy.length > 0 ? `In use by ${image.heldBy.join(', ')}.` : undefined}
                  >
                    Delete
                  </DeedButton>
                </li>
              ))}
            </ul>
          )
        }
      </Answer>
    </Section>
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
