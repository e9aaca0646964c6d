import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { ArtifactStore } from '@millrace/service';
import { imageIdOf, imageKey } from '../domain/image.ts';
import { pictureOf } from '../domain/picture.ts';
import type { Project } from '../domain/project.ts';
import { samplePicture } from '../domain/sample-picture.ts';
import type { Images } from './images.ts';

/** Puts the sample picture among a project's images; again finds it there. @returns its id. */
export async function addSamplePicture(
  { images, artifacts }: { images: Images; artifacts: ArtifactStore },
  { _id: projectId, ownerId }: Project,
): Promise<string> {
  const bytes = samplePicture();
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const id = imageIdOf(projectId, sha256);
  if (await images.find(projectId, id)) return id;
  const picture = pictureOf(bytes);
  if (!picture) throw new Error('the sample picture is none');
  const key = imageKey({ projectId, uploadId: id, extension: picture.extension });
  await artifacts.put(key, Readable.from([bytes]));
  const at = new Date();
  await images.add({
    _id: id,
    projectId,
    name: 'lantern.png',
    ...picture,
    bytes: bytes.length,
    sha256,
    key,
    uploadedBy: ownerId,
    references: [],
    createdAt: at,
    updatedAt: at,
  });
  return id;
}

/** Removes it again, unless somebody needs it just now. @returns false then. */
export async function removeSamplePicture(
  { images, artifacts }: { images: Images; artifacts: ArtifactStore },
  projectId: string,
  imageId: string,
): Promise<boolean> {
  const removed = await images.remove(projectId, imageId);
  if (removed) await artifacts.remove(removed.key);
  return removed !== null || (await images.find(projectId, imageId)) === null;
}
