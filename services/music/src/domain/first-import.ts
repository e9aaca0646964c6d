import type { Album } from './album.ts';
import { firstImportJobOf } from './ids.ts';

/** How the first import of an album is commanded. Of a batch nobody is told of each, and whoever waits for one album goes first. */
export const firstImportOf = ({ _id, ownerId, batchId }: Pick<Album, '_id' | 'ownerId' | 'batchId'>) => ({
  payload: { albumId: _id, requestedBy: batchId === undefined ? ownerId : null, occasion: 'creation' },
  options: { id: firstImportJobOf(_id), lane: batchId === undefined ? 'std' : 'lo' } as const,
});
