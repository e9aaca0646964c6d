import { Job, Mode, State } from '@millrace/mesh-rpc';
import { artifactKeyOf } from '../domain/artifact-key.ts';
import { engineJobOf } from '../domain/ids.ts';
import type { Artifact, EngineReport, MeshResult } from '../domain/mesh.ts';
import type { MeshMode } from '../domain/parameter-table.ts';

type EngineJob = { readonly meshId: string; readonly run: number };

/** What the engine posts, protobuf's JSON of a `mesh.v1.Job`. @throws Error for what is no report of this job. */
export function readReport(body: string, job: EngineJob): EngineReport {
  return reportOf(Job.fromJSON(JSON.parse(body)), job);
}

/** A job at the engine in our words. @throws Error when it is another job's, or names files that are not its own. */
export function reportOf(said: Job, job: EngineJob): EngineReport {
  const expected = engineJobOf(job);
  if (said.jobId !== expected) throw new Error(`a report of job ${said.jobId.slice(0, 100)} came for job ${expected}`);
  const state = states[said.state];
  if (!state) throw new Error(`job ${expected} is in no known state (${said.state})`);
  return {
    fence: Number(said.fence),
    seq: Number(said.seq),
    state,
    progress: Math.min(100, said.progress),
    stage: said.stage,
    mode: modes[said.mode] ?? null,
    reason: said.reason,
    warnings: said.warnings,
    engineVersion: said.engineVersion,
    imageSha256: said.imageSha256,
    result: state === 'completed' ? resultOf(said, job) : null,
    failure: state === 'failed' ? failureOf(said) : null,
  };
}

const states: Readonly<Record<number, EngineReport['state']>> = {
  [State.ACCEPTED]: 'accepted',
  [State.PROCESSING]: 'processing',
  [State.COMPLETED]: 'completed',
  [State.FAILED]: 'failed',
  [State.CANCELLED]: 'cancelled',
};

const modes: Readonly<Record<number, MeshMode>> = {
  [Mode.AUTO]: 'auto',
  [Mode.SPRITE]: 'sprite',
  [Mode.RELIEF]: 'relief',
  [Mode.LITHOPHANE]: 'lithophane',
  [Mode.EXTRUDE]: 'extrude',
  [Mode.CUTOUT]: 'cutout',
  [Mode.INFLATE]: 'inflate',
};

const failureOf = ({ failure }: Job): EngineReport['failure'] => ({
  code: failure?.code || 'UNKNOWN',
  message: failure?.message || 'the engine gave no reason',
  permanent: failure?.permanent ?? false,
});

const resultOf = (said: Job, job: EngineJob): MeshResult => ({
  vertexCount: Number(said.vertexCount),
  triangleCount: Number(said.triangleCount),
  achievedError: said.achievedError,
  watertight: said.watertight ?? null,
  volumeMm3: said.volumeMm3,
  bboxMm: said.bboxMm,
  artifacts: said.artifacts.map((artifact) => artifactOf(artifact, job)),
  timings: said.timings.map(({ stage, milliseconds }) => ({ stage, milliseconds })),
});

/** A file of a job. @throws Error when it does not lie in that job's folder. */
export function artifactOf(
  { name, format, url, mediaType, bytes, sha256 }: Job['artifacts'][number],
  job: EngineJob,
): Artifact {
  const key = artifactKeyOf(url, job);
  if (!key) throw new Error(`artifact ${name} of job ${engineJobOf(job)} lies in another place: ${url.slice(0, 200)}`);
  return { name, format, mediaType, bytes: Number(bytes), sha256, key };
}
