import { extname } from 'node:path';
import {
  ArtifactMissing,
  type ArtifactStore,
  problem,
  type Route,
  route,
  type SignedPaths,
  signedLinkQuery,
  streamed,
} from '@millrace/service';
import { z } from 'zod';
import type { Artifact, Mesh } from '../domain/mesh.ts';
import type { Meshes } from '../store/meshes.ts';
import type { LinkTo } from './mesh-resource.ts';
import { meshParams, visibleMesh } from './visible-mesh.ts';

export type ArtifactDeps = {
  readonly meshes: Pick<Meshes, 'find'>;
  readonly artifacts: Pick<ArtifactStore, 'open'>;
  readonly paths: SignedPaths;
};

const pathOf = ({ _id }: Pick<Mesh, '_id'>, name: string): string =>
  `/meshes/${_id}/artifacts/${encodeURIComponent(name)}`;

type Linking = {
  readonly artifacts: Pick<ArtifactStore, 'linkTo'>;
  readonly paths: SignedPaths;
  readonly seconds: number;
  /** Where the outside reaches this service; links are paths without. */
  readonly base: string | undefined;
};

/** Signed addresses of artifacts, good for so long: of the store, where it has such, else of this service. */
export const signedLinks =
  ({ artifacts, paths, seconds, base = '' }: Linking): LinkTo =>
  async (mesh, { name, key, mediaType }) => {
    const expiresAt = new Date(Date.now() + seconds * 1_000);
    const direct = await artifacts.linkTo?.(key, seconds, { fileName: name, mediaType });
    return { url: direct ?? base + (await paths.sign(pathOf(mesh, name), seconds)), expiresAt };
  };

export const artifactRoute = ({ meshes, artifacts, paths }: ArtifactDeps): Route =>
  route({
    method: 'get',
    path: '/meshes/:id/artifacts/:name',
    summary: 'Gives a file of a mesh to whoever may see the mesh, or has the signed link to it.',
    role: 'any',
    signedLink: true,
    params: meshParams.extend({ name: z.string().min(1).max(200) }),
    query: z.strictObject(signedLinkQuery),
    responses: { 200: { description: 'The file.', mediaType: 'application/octet-stream' } },
    problems: ['signature-invalid', 'link-expired', 'artifact-not-found', 'artifact-gone', 'mesh-not-found'],
    async handle({ params: { id, name }, query, user }) {
      if (query.signature !== undefined) await paths.check(pathOf({ _id: id }, name), query);
      const mesh = query.signature === undefined ? await visibleMesh(meshes, id, user) : await meshes.find(id);
      if (!mesh) throw problem('mesh-not-found', { id });
      const file = mesh.result?.artifacts.find((artifact) => artifact.name === name);
      if (!file || mesh.status !== 'completed') throw problem('artifact-not-found', { name });
      return streamed(await contentOf(artifacts, file), headersOf(file));
    },
  });

async function contentOf(artifacts: ArtifactDeps['artifacts'], { key, name }: Artifact) {
  try {
    return await artifacts.open(key);
  } catch (error) {
    if (error instanceof ArtifactMissing) throw problem('artifact-gone', { name }, { cause: error });
    throw error;
  }
}

/** What came from a stranger's picture is never run as a page of ours. */
const headersOf = ({ name, mediaType, bytes, sha256 }: Artifact): Record<string, string> => ({
  'Content-Type': mediaType || 'application/octet-stream',
  'Content-Length': `${bytes}`,
  'Content-Disposition': `${extname(name) === '.png' ? 'inline' : 'attachment'}; filename="${name.replace(/[^\w.-]/g, '_')}"`,
  'Content-Security-Policy': "default-src 'none'; sandbox",
  'Cache-Control': 'private, max-age=3600',
  ETag: `"${sha256}"`,
});
