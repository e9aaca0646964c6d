import { meshCancelled } from '@millrace/contracts/mesh';
import { outboxEvent, storing } from '@millrace/events';
import type { Connection, QueryFilter, UpdateQuery } from 'mongoose';
import { generateJobOf } from '../domain/ids.ts';
import { makingKeyOf } from '../domain/making-key.ts';
import {
  type Artifact,
  type EngineReport,
  factsOf,
  fresh,
  isEnded,
  type Mesh,
  type MeshError,
  openStatuses,
  untouched,
} from '../domain/mesh.ts';
import { type CommandWith, meshModel, type StoredMesh } from './meshes.ts';

export type MeshRuns = ReturnType<typeof meshRunsIn>;

const open = { status: { $in: [...openStatuses] } };

/**
 * What happens to a mesh while it is made. Each is one compare-and-set, filtered by the job or the run that it belongs to and by the
 * status, so that whatever comes late, twice or from a run of before changes nothing.
 */
export function meshRunsIn(database: Connection) {
  const model = meshModel(database);

  /** @returns the mesh as it is afterwards; null when the filter no longer holds. */
  const change = (filter: object, $set: object, more: object = {}): Promise<StoredMesh | null> =>
    model
      .findOneAndUpdate(
        filter as QueryFilter<Mesh>,
        { ...more, $set: { ...$set, updatedAt: new Date() }, $inc: { revision: 1 } } as UpdateQuery<Mesh>,
        { returnDocument: 'after' },
      )
      .lean<StoredMesh>()
      .exec();

  return {
    ...submissionsOf(change),
    ...endsOf(change),

    /**
     * Takes down what the engine has said, unless something newer is known. Progress never goes back.
     * @returns null when it changes nothing: older, of another run, or the mesh has ended.
     */
    hear(
      { meshId, run, report }: { meshId: string; run: number; report: EngineReport },
      at: Date,
    ): Promise<StoredMesh | null> {
      const { fence, seq, state, failure, stage, progress, result, mode, reason, engineVersion, imageSha256 } = report;
      const newer = {
        $or: [
          { 'engine.heard.fence': { $lt: fence } },
          { 'engine.heard.fence': fence, 'engine.heard.seq': { $lt: seq } },
        ],
      };
      return change(
        { _id: meshId, run, ...open, ...newer },
        {
          status: 'processing',
          // At a failure the stage that it was in stays: the engine's word for that is only that it has failed.
          ...(!failure && { stage }),
          message: messageOf(report),
          'engine.heard': { fence, seq },
          'engine.state': state,
          'engine.failure': failure,
          'engine.heardAt': at,
          ...(mode && mode !== 'auto' && { mode, modeReason: reason }),
          ...(engineVersion && { engineVersion }),
          ...(imageSha256 && { imageSha256 }),
          ...(result && { result }),
        },
        { $max: { progress: Math.min(progress, 99) } },
      );
    },

    /** The engine is there and still at it. */
    async heardOf({ _id, run }: Mesh, at: Date): Promise<void> {
      await model.updateOne(
        { _id, run, ...open } as QueryFilter<Mesh>,
        { $set: { 'engine.heardAt': at } } as UpdateQuery<Mesh>,
      );
    },

    /** Asks for an ended mesh once more, and commands it in the same transaction. @returns null unless it has failed or was cancelled. */
    reopen: (meshId: string, command: CommandWith): Promise<Mesh | null> =>
      database.transaction(async (session) => {
        const mesh = await model.findById(meshId, null, { session }).lean<Mesh>().exec();
        if (!mesh || !isEnded(mesh) || mesh.status === 'completed') return null;
        const next = {
          ...mesh,
          ...fresh,
          generation: mesh.generation + 1,
          jobId: generateJobOf(meshId, mesh.generation + 1),
          run: mesh.run + 1,
          revision: mesh.revision + 1,
          updatedAt: new Date(),
        };
        const { _id, ...fields } = next;
        await model.updateOne(
          { _id, revision: mesh.revision } as QueryFilter<Mesh>,
          { $set: fields } as UpdateQuery<Mesh>,
          { session },
        );
        await command(next, session);
        return next;
      }),
  };
}

type Change = (filter: object, $set: object, more?: object) => Promise<StoredMesh | null>;

/** Handing a mesh to the engine. */
function submissionsOf(change: Change) {
  const held = ({ _id, jobId, run, engine }: Mesh) => ({ _id, jobId, run, ...open, 'engine.fence': engine.fence });
  return {
    /** Notes that the engine is about to be given it. A job that was handed over before is handed over as it was. */
    submitting: (mesh: Mesh, { imageUrl, attempt, at }: { imageUrl: string; attempt: number; at: Date }) =>
      change(held(mesh), {
        status: 'processing',
        attempt,
        startedAt: mesh.startedAt ?? at,
        message: 'Starting mesh generation',
        ...(mesh.engine.fence === 0 && { stage: 'submitting' }),
        'engine.fence': Math.max(1, mesh.engine.fence),
        'engine.imageUrl': mesh.engine.imageUrl ?? imageUrl,
      }),

    /** The engine has it, and has until then for it. */
    accepted: (mesh: Mesh, deadlineAt: Date) => change({ ...held(mesh), deadlineAt: null }, { deadlineAt }),

    /** The engine knows nothing of it any more: it is to be handed over anew, as the same job. */
    lost: (mesh: Mesh) =>
      change(held(mesh), {
        message: 'The engine has lost it; it is handed over again',
        'engine.fence': mesh.engine.fence + 1,
        'engine.imageUrl': null,
        'engine.state': null,
        'engine.heardAt': null,
      }),

    /** The engine has failed at it: the next attempt is another job there. */
    startOver: (mesh: Mesh, message: string) =>
      change(held(mesh), { run: mesh.run + 1, engine: untouched, result: null, stage: 'retrying', message }),

    /** A person has called back the job that had failed. */
    calledBack: (mesh: Mesh) =>
      change(
        { _id: mesh._id, jobId: mesh.jobId, run: mesh.run, status: 'failed' },
        { ...fresh, status: 'processing', run: mesh.run + 1 },
      ),
  };
}

/** The ends of a mesh; of several that come at once, one wins. */
function endsOf(change: Change) {
  const of = ({ _id, jobId }: Mesh) => ({ _id, jobId, ...open });
  return {
    complete: (mesh: Mesh, endedBy: string, at: Date) =>
      change(
        { ...of(mesh), run: mesh.run, 'engine.state': 'completed' },
        {
          status: 'completed',
          progress: 100,
          stage: 'completed',
          message: 'Completed',
          ...(mesh.engineVersion && mesh.imageSha256 && { makingKey: makingKeyOf(mesh, mesh.engineVersion) }),
          endedBy,
          finishedAt: at,
        },
      ),

    /** The files of an earlier mesh stand for it. */
    reuse: (mesh: Mesh, earlier: Mesh, endedBy: string, at: Date) =>
      change(of(mesh), {
        status: 'completed',
        progress: 100,
        stage: 'completed',
        message: 'Made before',
        mode: earlier.mode,
        modeReason: earlier.modeReason,
        result: earlier.result,
        engineVersion: earlier.engineVersion,
        imageSha256: earlier.imageSha256,
        reusedFrom: earlier._id,
        endedBy,
        startedAt: mesh.startedAt ?? at,
        finishedAt: at,
      }),

    fail: (mesh: Mesh, error: MeshError, endedBy: string, at: Date) =>
      change(of(mesh), { status: 'failed', stage: 'failed', message: error.message, error, endedBy, finishedAt: at }),

    /** Not wanted any more. Who cancels by request has no job that tells of it, so the mesh does. */
    cancel(mesh: Mesh, endedBy: string | null, at: Date) {
      const told =
        endedBy === null ? storing(outboxEvent(mesh._id, mesh.revision + 1, meshCancelled(factsOf(mesh)), at)) : {};
      return change(
        { ...of(mesh), revision: mesh.revision },
        { status: 'cancelled', stage: 'cancelled', message: 'Cancelled', endedBy, finishedAt: at },
        told,
      );
    },

    /** A completed mesh has one more file, or another of that name. @returns null when the mesh has changed meanwhile. */
    illustrate: ({ _id, revision, result }: Mesh, drawn: Artifact) =>
      change(
        { _id, revision, status: 'completed' },
        { 'result.artifacts': [...(result?.artifacts ?? []).filter(({ name }) => name !== drawn.name), drawn] },
      ),

    /** Nothing of a failed mesh is left in the store. */
    cleaned: ({ _id, jobId }: Pick<Mesh, '_id' | 'jobId'>, at: Date) =>
      change({ _id, jobId, status: 'failed', cleanedUpAt: null }, { cleanedUpAt: at }),
  };
}

function messageOf({ state, stage, failure }: EngineReport): string {
  if (failure) return failure.message;
  if (state === 'accepted') return 'Waits for a worker of the engine';
  return state === 'completed' ? 'Putting it down' : `Engine: ${stage}`;
}
