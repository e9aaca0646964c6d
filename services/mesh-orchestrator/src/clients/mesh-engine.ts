import { createMeshEngineClient, type MeshEngineError, status } from '@millrace/mesh-rpc';
import { engineJobOf } from '../domain/ids.ts';
import type { Artifact, EngineReport, Mesh } from '../domain/mesh.ts';
import { EngineBusy, EngineFault, EngineRefused, EngineTimeout, EngineUnavailable } from './engine-errors.ts';
import { artifactOf, reportOf } from './engine-report.ts';
import { requestOf } from './engine-request.ts';

type EngineJob = Pick<Mesh, '_id' | 'run'>;

/** Each call rejects with one of `engine-errors.ts`, or with the reason of the signal. */
export type MeshEngine = {
  /** Whether it takes jobs. One that does not even say that in time is EngineUnavailable. */
  isServing(signal: AbortSignal): Promise<boolean>;
  /** Hands over a mesh's present run; the same run again is the same job. */
  generate(mesh: Mesh, signal: AbortSignal): Promise<EngineReport>;
  /** Undefined for a job that it knows nothing of. */
  status(job: EngineJob, signal: AbortSignal): Promise<EngineReport | undefined>;
  /** Draws what a job has made, as wide as is wanted, beside its files. */
  drawThumbnail(job: EngineJob, widthPx: number, signal: AbortSignal): Promise<Artifact>;
  /** Has it let go of a job; one that it does not know is let go already. */
  cancel(job: EngineJob, signal: AbortSignal): Promise<void>;
  close(): void;
};

export function createMeshEngine({
  address,
  callbackUrlOf,
  timeoutSeconds,
}: {
  address: string;
  callbackUrlOf(engineJobId: string): string;
  timeoutSeconds: number;
}): MeshEngine {
  const connection = createMeshEngineClient(address);
  return {
    isServing: (signal) =>
      translated(connection.isServing({ signal }), signal).catch((error: unknown) => {
        throw error instanceof EngineTimeout ? new EngineUnavailable(error.message, { cause: error }) : error;
      }),
    async generate(mesh, signal) {
      const callbackUrl = callbackUrlOf(idOf(mesh));
      const request = requestOf(mesh, { callbackUrl, timeoutSeconds });
      const job = await translated(connection.generate(request, { signal }), signal);
      return reportOf(job, { meshId: mesh._id, run: mesh.run });
    },
    async status(mesh, signal) {
      const job = await known(translated(connection.getStatus(idOf(mesh), { signal }), signal));
      return job && reportOf(job, { meshId: mesh._id, run: mesh.run });
    },
    async drawThumbnail(job, widthPx, signal) {
      const request = { jobId: idOf(job), widthPx };
      const drawn = translated(connection.drawThumbnail(request, { signal }), signal);
      return artifactOf(await drawn.catch(whenGone), { meshId: job._id, run: job.run });
    },
    async cancel(mesh, signal) {
      await known(translated(connection.cancel(idOf(mesh), { signal }), signal));
    },
    close: () => connection.close(),
  };
}

const idOf = ({ _id, run }: EngineJob): string => engineJobOf({ meshId: _id, run });

async function translated<Answer>(call: Promise<Answer>, signal: AbortSignal): Promise<Answer> {
  try {
    return await call;
  } catch (error) {
    signal.throwIfAborted();
    throw translation(error as MeshEngineError);
  }
}

const refusals: readonly number[] = [
  status.INVALID_ARGUMENT,
  status.FAILED_PRECONDITION,
  status.PERMISSION_DENIED,
  status.ALREADY_EXISTS,
  status.OUT_OF_RANGE,
  status.UNIMPLEMENTED,
];

/** What an answer means for the mesh. */
function translation(error: MeshEngineError): Error {
  const { code, details, reason, retryAfterMs } = error;
  if (refusals.includes(code)) return new EngineRefused(reason ?? status[code] ?? 'REFUSED', details);
  if (code === status.NOT_FOUND) return new UnknownJob(details);
  if (code === status.RESOURCE_EXHAUSTED) return new EngineBusy(details, retryAfterMs ?? busyMs);
  if (code === status.DEADLINE_EXCEEDED)
    return new EngineTimeout(`the engine has not answered in time: ${details}`, { cause: error });
  if (code === status.UNAVAILABLE)
    return new EngineUnavailable(`the engine cannot be reached: ${details}`, { cause: error });
  return new EngineFault(`the engine has failed: ${status[code] ?? code}: ${details}`, { cause: error });
}

/** Its queue is as long as it likes it to be; by then some of it is done. The engine itself knows better. */
const busyMs = 2_000;

class UnknownJob extends Error {}

/** What is not in the store any more will not come back. */
function whenGone(error: unknown): never {
  throw error instanceof UnknownJob ? new EngineRefused('artifact-gone', error.message) : error;
}

const known = <Answer>(call: Promise<Answer>): Promise<Answer | undefined> =>
  call.catch((error: unknown) => {
    if (error instanceof UnknownJob) return undefined;
    throw error;
  });
