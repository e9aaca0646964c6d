import { generateMesh, meshError, meshModes } from '@millrace/contracts/mesh';
import { z } from 'zod';
import { type Artifact, isEnded, type Mesh, meshStatuses, projectOf } from '../domain/mesh.ts';
import { taskWebhookField } from './webhook-resource.ts';

const time = z.iso.datetime();

const artifactResource = z.object({
  name: z.string(),
  format: z.string(),
  url: z.string().meta({ description: 'Signed; good for some time, and made anew with each reading.' }),
  mediaType: z.string(),
  bytes: z.int(),
  sha256: z.string(),
});

const remark = z.object({ parameter: z.string(), message: z.string() });

export const meshResource = z
  .object({
    id: z.uuid(),
    ownerId: z.string(),
    batchId: z.uuid().nullable(),
    status: z.enum(meshStatuses).meta({ description: 'failed and cancelled ones can be retried.' }),
    progress: z.int().meta({ description: '0 to 100; never falls while it is being made.' }),
    stage: z.string(),
    message: z.string(),
    queuePosition: z.int().nullable().meta({ description: 'How many are before it, and itself; null unless queued.' }),
    etaSeconds: z.number().nullable().meta({ description: 'By its pace so far; null while that says nothing.' }),
    attempt: z.int(),
    maxAttempts: z.int(),
    generation: z.int().meta({ description: 'How often it was asked for: 1, and one more for each retry.' }),
    jobId: z.string(),
    imageUrl: z.string().nullable(),
    projectId: z.string().nullable(),
    imageId: z.string().nullable(),
    picture: z.string(),
    mode: z.enum(meshModes).meta({ description: 'The one taken, or the one asked for until that is known.' }),
    requestedMode: z.enum(meshModes),
    modeReason: z.string().meta({ description: 'Why `auto` took it.' }),
    preset: z.string().nullable(),
    parameters: z.record(z.string(), z.unknown()),
    warnings: z.array(remark),
    metadata: z.record(z.string(), z.unknown()),
    vertexCount: z.int().nullable(),
    triangleCount: z.int().nullable(),
    achievedError: z.number().nullable(),
    watertight: z.boolean().nullable(),
    volumeMm3: z.number().nullable(),
    bboxMm: z.array(z.number()).nullable(),
    artifacts: z.array(artifactResource),
    reused: z.boolean().meta({ description: 'Its files were made for an equal mesh before.' }),
    reusedFrom: z.string().nullable(),
    error: meshError
      .extend({
        retryable: z.boolean(),
        details: z
          .record(z.string(), z.string())
          .meta({ description: 'Where it came to that: `stage`, and `engineJob`, by which the engine has logged it.' }),
      })
      .nullable(),
    usage: z.object({ durationMs: z.number().nullable(), bytes: z.int() }),
    imageSha256: z.string().nullable(),
    engineVersion: z.string().nullable(),
    traceId: z.string().nullable(),
    statusUrl: z.string(),
    eventsUrl: z.string(),
    cancelUrl: z.string(),
    resultUrl: z.string().nullable().meta({ description: 'The first of its files.' }),
    startedAt: time.nullable(),
    finishedAt: time.nullable(),
    cleanedUpAt: time.nullable(),
    expiresAt: time.nullable().meta({
      description: 'When the links to its files run out; reading it again makes new ones. Null without files.',
    }),
    webhook: taskWebhookField,
    revision: z.int(),
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: 'Mesh', description: 'The mesh.' });

export type MeshResource = z.input<typeof meshResource>;

/** Makes the address of a file. */
export type LinkTo = (mesh: Mesh, artifact: Artifact) => Promise<{ readonly url: string; readonly expiresAt: Date }>;

/** A mesh as the outside sees it. @param queuePosition as far as somebody has counted. */
export async function toMeshResource(
  mesh: Mesh,
  { linkTo, queuePosition = null }: { linkTo: LinkTo; queuePosition?: number | null },
): Promise<MeshResource> {
  const { artifacts, expiresAt } = await filesOf(mesh, linkTo);
  return {
    ...statusOf(mesh),
    queuePosition: mesh.status === 'queued' ? queuePosition : null,
    ...wishOf(mesh),
    ...madeOf(mesh),
    artifacts,
    resultUrl: artifacts[0]?.url ?? null,
    ...timesOf(mesh),
    expiresAt: iso(expiresAt),
  };
}

const statusOf = (mesh: Mesh) => ({
  id: mesh._id,
  ownerId: mesh.ownerId,
  batchId: mesh.batchId,
  status: mesh.status,
  progress: mesh.progress,
  stage: mesh.stage,
  message: mesh.message,
  etaSeconds: etaOf(mesh),
  attempt: mesh.attempt,
  maxAttempts: generateMesh.maxAttempts,
  generation: mesh.generation,
  jobId: mesh.jobId,
  error: mesh.error && {
    code: mesh.error.code,
    message: mesh.error.message,
    ...(mesh.error.remedy && { remedy: mesh.error.remedy }),
    retryable: !isOfPicture(mesh.error.code),
    details: { ...mesh.error.details },
  },
  traceId: mesh.traceId,
  statusUrl: `/meshes/${mesh._id}`,
  eventsUrl: `/meshes/${mesh._id}/events`,
  cancelUrl: `/meshes/${mesh._id}/cancel`,
});

/** The same picture with the same parameters would fail the same way. */
const isOfPicture = (code: string): boolean =>
  /^(INVALID_|IMAGE_(?!FETCH)|OUTLINE_|HEIGHTS_|URL_BLOCKED|image-missing)/.test(code);

/** After so long it is worth being read again; undefined once it has ended. */
export function pollSecondsOf(mesh: Mesh): number | undefined {
  if (isEnded(mesh)) return undefined;
  return Math.min(Math.max(Math.ceil(etaOf(mesh) ?? 0), 2), 10);
}

/** Below this the pace says nothing yet. */
const paceFrom = 15;

function etaOf({ status, progress, startedAt, updatedAt }: Mesh): number | null {
  if (status !== 'processing' || progress < paceFrom || !startedAt) return null;
  const spentMs = updatedAt.getTime() - startedAt.getTime();
  return Math.max(0, Math.round((spentMs * (100 - progress)) / progress / 100) / 10);
}

const wishOf = ({ source, ...mesh }: Mesh) => ({
  imageUrl: source.kind === 'url' ? source.imageUrl : null,
  projectId: projectOf(source),
  imageId: source.kind === 'project' ? source.imageId : null,
  picture: mesh.picture,
  mode: mesh.mode ?? mesh.requestedMode,
  requestedMode: mesh.requestedMode,
  modeReason: mesh.modeReason,
  preset: mesh.preset,
  parameters: mesh.parameters as Record<string, unknown>,
  warnings: [...mesh.warnings],
  metadata: { ...mesh.metadata },
});

function madeOf(mesh: Mesh) {
  const result = mesh.status === 'completed' ? mesh.result : null;
  return {
    vertexCount: result?.vertexCount ?? null,
    triangleCount: result?.triangleCount ?? null,
    achievedError: result?.achievedError ?? null,
    watertight: result?.watertight ?? null,
    volumeMm3: result?.volumeMm3 ?? null,
    bboxMm: result ? [...result.bboxMm] : null,
    reused: mesh.reusedFrom !== null,
    reusedFrom: mesh.reusedFrom,
    imageSha256: mesh.imageSha256,
    engineVersion: mesh.engineVersion,
    usage: {
      durationMs: isEnded(mesh) && mesh.startedAt && mesh.finishedAt ? span(mesh.startedAt, mesh.finishedAt) : null,
      bytes: (result?.artifacts ?? []).reduce((sum, { bytes }) => sum + bytes, 0),
    },
  };
}

const span = (from: Date, to: Date): number => Math.max(0, to.getTime() - from.getTime());

/** Only what is there to be fetched: the files of a mesh that has not ended well are nobody's. */
async function filesOf(mesh: Mesh, linkTo: LinkTo) {
  const files = mesh.status === 'completed' ? (mesh.result?.artifacts ?? []) : [];
  const links = await Promise.all(files.map((file) => linkTo(mesh, file)));
  const artifacts = files.map(({ key: _key, ...shown }, place) => ({ ...shown, url: links[place]?.url ?? '' }));
  return { artifacts, expiresAt: links[0]?.expiresAt ?? null };
}

const iso = (date: Date | null) => date?.toISOString() ?? null;

const timesOf = (mesh: Mesh) => ({
  startedAt: iso(mesh.startedAt),
  finishedAt: iso(mesh.finishedAt),
  cleanedUpAt: iso(mesh.cleanedUpAt),
  revision: mesh.revision,
  createdAt: mesh.createdAt.toISOString(),
  updatedAt: mesh.updatedAt.toISOString(),
});
