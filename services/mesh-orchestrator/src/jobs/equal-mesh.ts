import type { ArtifactStore } from '@millrace/service';
import type { Pictures } from '../clients/pictures.ts';
import { makingKeyOf } from '../domain/making-key.ts';
import type { Mesh } from '../domain/mesh.ts';
import type { Meshes } from '../store/meshes.ts';

export type EqualMeshDeps = {
  readonly meshes: Pick<Meshes, 'lastEngineVersion' | 'madeLike' | 'equal'>;
  readonly pictures: Pictures;
  /** The picture's SHA-256, where somebody keeps it. */
  knownSha256(mesh: Mesh, signal: AbortSignal): Promise<string | undefined>;
  readonly artifacts: Pick<ArtifactStore, 'stat'>;
};

/**
 * A completed mesh of the same picture, parameters and engine, whose files are still there. The picture is fetched only when some mesh was
 * made with these parameters at all. @returns undefined for none, or when the picture is not to be had here.
 */
export async function equalMesh(deps: EqualMeshDeps, mesh: Mesh, signal: AbortSignal): Promise<Mesh | undefined> {
  if (!mesh.mayReuse) return undefined;
  const engineVersion = await deps.meshes.lastEngineVersion();
  if (!engineVersion) return undefined;
  const makingKey = makingKeyOf(mesh, engineVersion);
  if (!(await deps.meshes.madeLike(makingKey))) return undefined;
  const imageSha256 = await sha256Of(deps, mesh, signal);
  const equal = imageSha256 && (await deps.meshes.equal({ makingKey, imageSha256 }));
  return equal && (await isThere(equal, deps.artifacts)) ? equal : undefined;
}

async function sha256Of(
  { pictures, knownSha256 }: EqualMeshDeps,
  mesh: Mesh,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { source } = mesh;
  return source.kind === 'url' ? pictures.sha256Of(source.imageUrl, signal) : knownSha256(mesh, signal);
}

async function isThere({ result }: Mesh, artifacts: EqualMeshDeps['artifacts']): Promise<boolean> {
  const files = await Promise.all((result?.artifacts ?? []).map(({ key }) => artifacts.stat(key)));
  return files.length > 0 && files.every(Boolean);
}
