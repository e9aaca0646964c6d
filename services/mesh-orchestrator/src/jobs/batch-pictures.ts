import { type Batch, HOLD_SECONDS, holderOf } from '../domain/batch.ts';
import type { Batches } from '../store/batches.ts';

type Deps = {
  readonly batches: Pick<Batches, 'held'>;
  readonly projects: {
    holdAll(pictures: {
      projectId: string;
      imageIds: readonly string[];
      holder: string;
      seconds: number;
    }): Promise<unknown>;
    release(pictures: { projectId: string; holder: string }): Promise<void>;
  };
  readonly log: { warn(fields: object, message: string): void };
};

const holdMs = HOLD_SECONDS * 1_000;

/** Keeps the pictures of a batch while it runs: renewed long before the time is over, so that an hour without the projects service does no harm. */
export const batchPictures = ({ projects, batches, log }: Deps) => ({
  async keepPictures(batch: Batch): Promise<void> {
    if (batch.heldUntil.getTime() - Date.now() > holdMs / 2) return;
    const { projectId, items, _id } = batch;
    const imageIds = items
      .filter(({ state }) => state === 'waiting' || state === 'running')
      .map(({ imageId }) => imageId);
    if (imageIds.length === 0) return;
    try {
      await projects.holdAll({ projectId, imageIds, holder: holderOf(_id), seconds: HOLD_SECONDS });
      await batches.held(batch, new Date(Date.now() + holdMs));
    } catch (error) {
      log.warn({ err: error, batchId: _id }, 'pictures of a batch are not kept for longer yet');
    }
  },

  releasePictures: ({ projectId, _id }: Batch): Promise<void> => projects.release({ projectId, holder: holderOf(_id) }),
});
