import { extname } from 'node:path';
import { Readable } from 'node:stream';
import { type ArtifactStore, problem, type Route, route, streamed } from '@millrace/service';
import { ZipFile } from 'yazl';
import { archiveNames } from '../domain/archive-names.ts';
import { type Batch, inState } from '../domain/batch.ts';
import type { Mesh } from '../domain/mesh.ts';
import type { Batches } from '../store/batches.ts';
import type { Meshes } from '../store/meshes.ts';
import { batchParams, visibleBatch } from './visible-batch.ts';

export type ArchiveDeps = {
  readonly batches: Pick<Batches, 'find'>;
  readonly meshes: Pick<Meshes, 'findAll'>;
  readonly artifacts: Pick<ArtifactStore, 'open' | 'stat'>;
};

export const archiveRoute = ({ batches, meshes, artifacts }: ArchiveDeps): Route =>
  route({
    method: 'get',
    path: '/batches/:id/archive.zip',
    summary: 'Sends the files of all completed meshes of a batch in one archive, a folder for each picture.',
    role: 'any',
    params: batchParams,
    responses: { 200: { description: 'The archive.', mediaType: 'application/zip' } },
    problems: ['batch-not-found', 'batch-state-conflict'],
    async handle({ params: { id }, user, signal }) {
      const batch = await visibleBatch(batches, id, user);
      const files = await filesOf(
        batch,
        await meshes.findAll(inState(batch, 'completed').map(({ meshId }) => meshId)),
        artifacts,
      );
      if (files.length === 0) throw problem('batch-state-conflict', { reason: 'the batch has no files yet' });
      return streamed(zipOf(files, artifacts, signal), {
        'Content-Type': 'application/zip',
        'Content-Disposition': `attachment; filename="batch-${id}.zip"`,
        'Cache-Control': 'no-store',
      });
    },
  });

type File = { readonly path: string; readonly key: string; readonly at: Date };

/** Only what is in the store: an archive that breaks off in the middle is none. */
async function filesOf(
  batch: Batch,
  meshes: readonly Mesh[],
  artifacts: Pick<ArtifactStore, 'stat'>,
): Promise<readonly File[]> {
  const byId = new Map(meshes.map((mesh) => [mesh._id, mesh]));
  const folders = archiveNames(batch.items.map(({ picture }) => picture));
  const files = batch.items.flatMap(({ meshId }, place) =>
    filesIn(byId.get(meshId)).map(({ name, key, at }) => ({ path: `${folders[place]}/${name}`, key, at })),
  );
  const present = await Promise.all(files.map(({ key }) => artifacts.stat(key)));
  return files.filter((_, place) => present[place]);
}

const filesIn = (mesh: Mesh | undefined) =>
  mesh?.status === 'completed'
    ? (mesh.result?.artifacts ?? []).map(({ name, key }) => ({ name, key, at: mesh.finishedAt ?? mesh.updatedAt }))
    : [];

/** Each file is opened when its turn comes, so that an archive of any size takes one file's buffer. */
function zipOf(files: readonly File[], artifacts: Pick<ArtifactStore, 'open'>, signal: AbortSignal): Readable {
  const zip = new ZipFile();
  const out = new Readable().wrap(zip.outputStream);
  const breakOff = (error: unknown) => out.destroy(error as Error);
  zip.on('error', breakOff);
  signal.addEventListener('abort', () => breakOff(signal.reason), { once: true });
  for (const { path, key, at } of files) {
    zip.addReadStreamLazy(path, { mtime: at, compress: !isCompressed(path) }, (pass) => {
      artifacts.open(key).then(
        (content) => void pass(null, content as NodeJS.ReadableStream),
        (error: unknown) => void pass(error, undefined as never),
      );
    });
  }
  zip.end();
  return out;
}

const isCompressed = (path: string): boolean => ['.png', '.jpg', '.webp', '.zip'].includes(extname(path));
