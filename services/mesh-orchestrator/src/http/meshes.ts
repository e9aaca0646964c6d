import {
  accepted,
  eventStream,
  type Following,
  ok,
  pageOf,
  pageQuery,
  paging,
  problem,
  type RevisionFeed,
  type Route,
  route,
  type StreamEvent,
} from '@millrace/service';
import { z } from 'zod';
import { isEnded, type Mesh, meshStatuses, projectOf } from '../domain/mesh.ts';
import type { CancelMesh } from '../store/cancel-mesh.ts';
import type { MeshRuns } from '../store/mesh-runs.ts';
import type { Meshes } from '../store/meshes.ts';
import { type CreateDeps, createRoute } from './create-mesh.ts';
import { type ThumbnailDeps, thumbnailRoute } from './draw-thumbnail.ts';
import { type MeshResource, meshResource, pollSecondsOf, toMeshResource } from './mesh-resource.ts';
import { meshParams, visibleMesh } from './visible-mesh.ts';

export type MeshRouteDeps = CreateDeps &
  ThumbnailDeps & {
    readonly meshes: Meshes;
    readonly runs: Pick<MeshRuns, 'reopen'>;
    readonly feed: RevisionFeed<Mesh>;
    readonly cancelMesh: CancelMesh;
  };

export const meshRoutes = (deps: MeshRouteDeps): readonly Route[] => [
  createRoute(deps),
  listRoute(deps),
  showRoute(deps),
  eventsRoute(deps),
  cancelRoute(deps),
  retryRoute(deps),
  thumbnailRoute(deps),
];

const newest = paging('meshes', [
  ['createdAt', -1],
  ['_id', -1],
]);

const listRoute = (deps: MeshRouteDeps) =>
  route({
    method: 'get',
    path: '/meshes',
    summary: 'Lists meshes, newest first; members see their own.',
    role: 'any',
    query: z.strictObject({ ...pageQuery, status: z.enum(meshStatuses).optional() }),
    responses: { 200: pageOf(meshResource) },
    async handle({ query: { limit, cursor, status }, user }) {
      const ownerId = user.seesAll ? undefined : user.sub;
      const rows = await deps.meshes.list({ ownerId, status, after: newest.after(cursor), limit: limit + 1 });
      const { items, nextCursor } = newest.page(rows, limit, (row) => row);
      return { items: await Promise.all(items.map((mesh) => toMeshResource(mesh, deps))), nextCursor };
    },
  });

const showRoute = (deps: MeshRouteDeps) =>
  route({
    method: 'get',
    path: '/meshes/:id',
    summary: 'Shows a mesh: how far it is, or its files and measures, or why it has failed.',
    role: 'any',
    params: meshParams,
    responses: { 200: meshResource },
    problems: ['mesh-not-found'],
    async handle({ params, user }) {
      const mesh = await visibleMesh(deps.meshes, params.id, user);
      return ok(await shown(deps, mesh), { revision: mesh.revision, pollSeconds: pollSecondsOf(mesh) });
    },
  });

/** With its place in the queue, which lists do not count. */
async function shown(deps: MeshRouteDeps, mesh: Mesh): Promise<MeshResource> {
  const queuePosition = mesh.status === 'queued' ? (await deps.meshes.queuedBefore(mesh)) + 1 : null;
  return toMeshResource(mesh, { linkTo: deps.linkTo, queuePosition });
}

const eventsRoute = (deps: MeshRouteDeps) =>
  route({
    method: 'get',
    path: '/meshes/:id/events',
    summary: 'Streams a mesh until it has ended: as it is now, then each change.',
    role: 'any',
    params: meshParams,
    responses: {
      200: { description: 'Server-sent events named `mesh`, their ids its revisions.', mediaType: 'text/event-stream' },
    },
    problems: ['mesh-not-found'],
    async handle({ params: { id }, user }) {
      await visibleMesh(deps.meshes, id, user);
      const eventOf = async (mesh: Mesh): Promise<StreamEvent> => ({
        id: `${mesh.revision}`,
        event: 'mesh',
        data: await shown(deps, mesh),
      });
      let following: Following | undefined;
      return eventStream({
        follow(push) {
          following = deps.feed.follow(id, (mesh) => void eventOf(mesh).then(push, () => undefined));
          return following.stop;
        },
        async snapshot() {
          const mesh = await visibleMesh(deps.meshes, id, user);
          following?.startAt(mesh.revision);
          return [await eventOf(mesh)];
        },
        isLast: ({ data }) => isEnded(data as MeshResource),
      });
    },
  });

const cancelRoute = (deps: MeshRouteDeps) =>
  route({
    method: 'post',
    path: '/meshes/:id/cancel',
    summary: 'Cancels a mesh that waits or is being made: this one and no other.',
    role: 'member',
    params: meshParams,
    responses: { 202: { description: 'It is cancelled, and whatever works on it is told.', body: meshResource } },
    problems: ['mesh-not-found', 'mesh-state-conflict'],
    async handle({ params: { id }, user }) {
      await visibleMesh(deps.meshes, id, user);
      const mesh = (await deps.cancelMesh(id)) ?? (await visibleMesh(deps.meshes, id, user));
      if (mesh.status !== 'cancelled')
        throw problem('mesh-state-conflict', { reason: `the mesh is ${mesh.status}, so there is nothing to cancel` });
      return accepted(`/meshes/${mesh._id}`, await toMeshResource(mesh, deps));
    },
  });

const retryRoute = (deps: MeshRouteDeps) =>
  route({
    method: 'post',
    path: '/meshes/:id/retry',
    summary: 'Has a failed or cancelled mesh made once more; one that is being made is left to that.',
    role: 'member',
    params: meshParams,
    responses: { 202: { description: 'It is queued.', body: meshResource } },
    problems: ['mesh-not-found', 'mesh-state-conflict', 'quota-exceeded'],
    async handle({ params, user }) {
      const before = await visibleMesh(deps.meshes, params.id, user);
      const mesh = (await reopened(deps, before)) ?? (await visibleMesh(deps.meshes, params.id, user));
      if (mesh.status === 'completed')
        throw problem('mesh-state-conflict', { reason: 'the mesh is completed; make another one' });
      return accepted(`/meshes/${mesh._id}`, await toMeshResource(mesh, deps));
    },
  });

/** It is open again, so it takes its owner's place among those that are. @throws Problem `quota-exceeded`. */
async function reopened({ quota, runs, command }: MeshRouteDeps, mesh: Mesh): Promise<Mesh | null> {
  const { _id, ownerId, source } = mesh;
  const leave = await quota.admit({ sub: ownerId, projectId: projectOf(source) }, [_id]);
  return runs.reopen(_id, command).finally(leave);
}
