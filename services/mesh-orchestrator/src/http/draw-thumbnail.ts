import { thumbnailMesh } from '@millrace/contracts/mesh';
import type { Jobs } from '@millrace/jobs';
import { accepted, forUser, problem, type Route, route } from '@millrace/service';
import type { Meshes } from '../store/meshes.ts';
import { type LinkTo, meshResource, toMeshResource } from './mesh-resource.ts';
import { meshParams, visibleMesh } from './visible-mesh.ts';

export type ThumbnailDeps = {
  readonly meshes: Pick<Meshes, 'find'>;
  readonly jobs: Pick<Jobs, 'enqueue'>;
  readonly linkTo: LinkTo;
};

export const thumbnailRoute = ({ meshes, jobs, linkTo }: ThumbnailDeps): Route =>
  route({
    method: 'post',
    path: '/meshes/:id/thumbnail',
    summary: 'Has a thumbnail of a completed mesh drawn, as wide as is wanted; it is among its artifacts then.',
    role: 'member',
    params: meshParams,
    body: thumbnailMesh.payload.pick({ widthPx: true }).strict(),
    responses: {
      202: { description: 'It is queued; one of that width that is being drawn stands for it.', body: meshResource },
    },
    problems: ['mesh-not-found', 'mesh-state-conflict'],
    async handle({ params: { id: meshId }, body: { widthPx }, user, commandId }) {
      const mesh = await visibleMesh(meshes, meshId, user);
      if (mesh.status !== 'completed')
        throw problem('mesh-state-conflict', { reason: `the mesh is ${mesh.status}, so there is nothing to draw` });
      await jobs.enqueue(thumbnailMesh, { meshId, widthPx }, { ...forUser(user), id: commandId });
      return accepted(`/meshes/${meshId}`, await toMeshResource(mesh, { linkTo }));
    },
  });
