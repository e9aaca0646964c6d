import {
  ArtifactMissing,
  type ArtifactStore,
  problem,
  route,
  type SignedPaths,
  signedQuery,
  streamed,
} from '@millrace/service';
import { z } from 'zod';
import type { Images } from '../store/images.ts';
import { filePath, imageParams } from './image-resource.ts';

type Deps = {
  readonly images: Pick<Images, 'find'>;
  readonly artifacts: Pick<ArtifactStore, 'open'>;
  readonly paths: Pick<SignedPaths, 'check'>;
};

export const imageFileRoute = ({ images, artifacts, paths }: Deps) =>
  route({
    method: 'get',
    path: '/projects/:id/images/:imageId/file',
    summary: 'Sends the bytes of an image to whoever has its link.',
    role: 'public',
    params: imageParams,
    query: z.strictObject(signedQuery),
    responses: { 200: { description: 'The bytes.', mediaType: 'image/*' } },
    problems: ['signature-invalid', 'link-expired', 'image-not-found'],
    async handle({ params: { id, imageId }, query }) {
      await paths.check(filePath({ projectId: id, _id: imageId }), query);
      const image = await images.find(id, imageId);
      if (!image) throw problem('image-not-found', { id: imageId });
      const content = await artifacts.open(image.key).catch((error: unknown) => {
        // Deleted between the two looks.
        throw error instanceof ArtifactMissing ? problem('image-not-found', { id: imageId }, { cause: error }) : error;
      });
      return streamed(content, {
        'Content-Type': image.mediaType,
        'Content-Length': `${image.bytes}`,
        'Cache-Control': 'private, max-age=3600, immutable',
        ETag: `"${image.sha256}"`,
      });
    },
  });
