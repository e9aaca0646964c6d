import type { SignedPaths } from '@millrace/service';
import { z } from 'zod';
import { holdersOf, type ProjectImage } from '../domain/image.ts';

export const imageResource = z
  .object({
    id: z.uuid(),
    projectId: z.uuid(),
    name: z.string().meta({ description: 'As its uploader called it.' }),
    mediaType: z.string().meta({ description: 'By its bytes: image/png, image/jpeg or image/webp.' }),
    width: z.int().meta({ description: 'In pixels, as it is shown.' }),
    height: z.int(),
    bytes: z.int(),
    sha256: z.string(),
    uploadedBy: z.string(),
    heldBy: z.array(z.string()).meta({ description: 'Who needs it just now; it cannot be deleted meanwhile.' }),
    url: z.string().meta({ description: 'Path of its bytes, good for an hour for whoever has it.' }),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'ProjectImage', description: 'The image.' });

export const imageParams = z.object({ id: z.uuid(), imageId: z.uuid() });

const linkSeconds = 3_600;

/** An image as the outside sees it. */
export async function toImageResource(
  image: ProjectImage,
  paths: Pick<SignedPaths, 'sign'>,
): Promise<z.input<typeof imageResource>> {
  const { _id, key: _k, extension: _e, references: _r, createdAt, updatedAt, ...shown } = image;
  return {
    id: _id,
    ...shown,
    heldBy: holdersOf(image),
    url: await paths.sign(filePath(image), linkSeconds),
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
}

export const filePath = ({ projectId, _id }: Pick<ProjectImage, 'projectId' | '_id'>): string =>
  `/projects/${projectId}/images/${_id}/file`;
