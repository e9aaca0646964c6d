import { importAlbumReleases } from '@millrace/contracts/music';
import type { Jobs, JobView } from '@millrace/jobs';
import { forUser, type User } from '@millrace/service';
import type { Album } from '../domain/album.ts';
import type { Albums } from '../store/albums.ts';

type Deps = { readonly jobs: Pick<Jobs, 'enqueue' | 'find'>; readonly albums: Pick<Albums, 'importCommanded'> };

/** The job that imports the album now; a new one when none does. */
export async function commandImport(
  { jobs, albums }: Deps,
  album: Album,
  { user, commandId }: { user: User; commandId: string },
): Promise<JobView> {
  const payload = { albumId: album._id, requestedBy: user.sub };
  const { job } = await jobs.enqueue(importAlbumReleases, payload, { ...forUser(user), id: commandId });
  await albums.importCommanded(album._id, job.id);
  return job;
}

/** Whether a job is still to end. One that is not there any more has ended. */
export async function isUnfinished(jobs: Pick<Jobs, 'find'>, id: string): Promise<boolean> {
  try {
    return (await jobs.find(id)).endedAt === null;
  } catch (error) {
    if ((error as { code?: string }).code === 'job-not-found') return false;
    throw error;
  }
}
