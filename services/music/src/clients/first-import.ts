import { importAlbumReleases } from '@millrace/contracts/music';
import type { Jobs, JobView } from '@millrace/jobs';
import { forUser } from '@millrace/service';
import type { Album } from '../domain/album.ts';
import { firstImportJobOf } from '../domain/ids.ts';
import type { Albums } from '../store/albums.ts';

type Deps = { readonly jobs: Pick<Jobs, 'enqueue'>; readonly albums: Pick<Albums, 'importCommanded'> };

/**
 * Commands the import of a new album. The job's id derives from the album's, so whoever repeats this (the same request with its
 * Idempotency-Key, a batch that runs again, the sweep) commands it once. The album notes it afterwards; one that lacks the note is
 * swept. Of a batch nobody is told of each album, and whoever waits for one album goes first.
 */
export async function commandFirstImport(
  { jobs, albums }: Deps,
  { _id, ownerId, batchId }: Pick<Album, '_id' | 'ownerId' | 'batchId'>,
): Promise<JobView> {
  const isAlone = batchId === undefined;
  const payload = { albumId: _id, requestedBy: isAlone ? ownerId : null, occasion: 'creation' as const };
  const options = { id: firstImportJobOf(_id), lane: isAlone ? 'std' : 'lo' } as const;
  const { job } = await jobs.enqueue(importAlbumReleases, payload, { ...forUser({ sub: ownerId }), ...options });
  await albums.importCommanded(_id, job.id);
  return job;
}
