import { lazy, Suspense } from 'react';
import { fileHref } from '../api/files.ts';
import type { Mesh } from '../api/product-shapes.ts';
import { Waiting } from '../ui/answer.tsx';

/** The heavy part is loaded when there is something to turn. */
const SolidViewer = lazy(async () => ({ default: (await import('../viewers/solid-viewer.tsx')).SolidViewer }));
const SpriteViewer = lazy(async () => ({ default: (await import('../viewers/sprite-viewer.tsx')).SpriteViewer }));

/** The thing itself: a solid to turn, or a sprite with its triangles; nothing for what has neither. */
export function MeshViewer({ mesh }: { readonly mesh: Mesh }) {
  const glb = hrefOf(mesh, 'glb');
  const json = hrefOf(mesh, 'json');
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
