import { importAlbumReleases } from '@millrace/contracts/music';
import type { CommandOptions, Jobs, JobView } from '@millrace/jobs';
import { forUser } from '@millrace/service';
import type { Album } from '../domain/album.ts';
import { firstImportJobOf } from '../domain/ids.ts';

/**
 * Commands the import of a new album in the transaction that writes the album. The job's id derives from the album's, so whoever
 * repeats this (the same request with its Idempotency-Key, a batch that runs again) commands it once. Of a batch nobody is told of each
 * album, and whoever waits for one album goes first.
 */
export const firstImport =
  (jobs: Pick<Jobs, 'enqueue'>) =>
  async (
    { _id, ownerId, batchId }: Pick<Album, '_id' | 'ownerId' | 'batchId'>,
    session: NonNullable<CommandOptions['session']>,
  ): Promise<JobView> => {
    const isAlone = batchId === undefined;
    const payload = { albumId: _id, requestedBy: isAlone ? ownerId : null, occasion: 'creation' as const };
    const lane = isAlone ? ('std' as const) : ('lo' as const);
    const { job } = await jobs.enqueue(importAlbumReleases, payload, {
      ...forUser({ sub: ownerId }),
      id: firstImportJobOf(_id),
      lane,
      session,
    });
    return job;
  };
