import type { Mesh } from '../api/product-shapes.ts';
import { DeedButton } from '../ui/deed-button.tsx';
import { NewMesh } from './new-mesh.tsx';

/** What can be done with a mesh; each button says why it makes no sense, instead of going away. */
export function MeshDeeds({ mesh }: { readonly mesh: Mesh }) {
  const { id, status, requestedMode } = mesh;
  const at = `/api/mesh-orchestrator/meshes/${id}`;
  const canRetry = status === 'failed' || status === 'cancelled';
  const hasEnded = canRetry || status === 'completed';
  return (
    <>
      <NewMesh like={{ ...mesh, mode: requestedMode }} />
      <DeedButton
        name="retry"
        path={`${at}/retry`}
        needs="member"
        said="It is tried again."
        refusedBecause={canRetry ? undefined : `It is ${status}.`}
      >
        Retry
      </DeedButton>
      <DeedButton
        path={`${at}/cancel`}
        needs="member"
        kind="danger"
        said="It is asked to stop."
        refusedBecause={hasEnded ? `It has ended: ${status}.` : undefined}
      >
        Cancel
      </DeedButton>
    </>
  );
}
