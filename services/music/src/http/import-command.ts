import { importAlbumReleases } from '@millrace/contracts/music';
import type { Jobs, JobView } from '@millrace/jobs';
import { forUser, type User } from '@millrace/service';
import { commandFirstImport } from '../clients/first-import.ts';
import type { Album } from '../domain/album.ts';
import type { Albums } from '../store/albums.ts';

type Deps = { readonly jobs: Pick<Jobs, 'enqueue' | 'find'>; readonly albums: Albums };

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

/** A process may die between writing an album down and commanding its import; what lies longer than this was left behind. */
const leftBehindMs = 10_000;

/** Commands the imports that nobody came to command. Any replica may do so at any time. */
export async function sweepUncommanded(deps: Deps): Promise<void> {
  const left = await deps.albums.uncommanded(new Date(Date.now() - leftBehindMs), 100);
  for (const album of left) await commandFirstImport(deps, album);
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
