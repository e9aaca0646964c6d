import { gatherAlbums } from '@millrace/contracts/music';
import type { Jobs, JobView } from '@millrace/jobs';
import { accepted, forUser, jobResource, ok, problem, type Route, route, type User, userTag } from '@millrace/service';
import { z } from 'zod';
import { importStatuses } from '../domain/album.ts';
import type { MusicStore } from '../store/music-store.ts';

type Deps = { readonly store: Pick<MusicStore, 'albums'>; readonly jobs: Jobs };

export const batchRoutes = (deps: Deps): readonly Route[] => [createRoute(deps), showRoute(deps), cancelRoute(deps)];

const batchResource = z
  .object({
    id: z.string(),
    job: jobResource,
    albums: z
      .partialRecord(z.enum(importStatuses), z.int())
      .meta({ description: 'The albums that it has made, by how their imports stand.' }),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'AlbumBatch', description: 'The albums of an artist, or of a list.' });

const wish = z
  .strictObject({
    musicbrainzArtistId: z.uuid().optional().meta({ description: 'All release groups of this artist.' }),
    musicbrainzReleaseGroupIds: z.array(z.uuid()).min(1).max(500).optional(),
    dryRun: z.boolean().default(false).meta({ description: 'Only says what would be made.' }),
  })
  .refine(
    ({ musicbrainzArtistId: artist, musicbrainzReleaseGroupIds: list }) =>
      (artist === undefined) !== (list === undefined),
    'must have either musicbrainzArtistId or musicbrainzReleaseGroupIds',
  );

const createRoute = ({ store, jobs }: Deps) =>
  route({
    method: 'post',
    path: '/batches',
    summary:
      'Creates the albums of an artist or of a list, but for those that the person has, and imports their releases.',
    role: 'member',
    body: wish,
    responses: { 202: { description: 'See the batch at Location.', body: batchResource } },
    async handle({ body, user, commandId }) {
      const payload = {
        ownerId: user.sub,
        artistId: body.musicbrainzArtistId ?? null,
        releaseGroupIds: [...new Set(body.musicbrainzReleaseGroupIds ?? [])],
        dryRun: body.dryRun,
      };
      const { job } = await jobs.enqueue(gatherAlbums, payload, { ...forUser(user), id: commandId });
      return accepted(`/batches/${job.id}`, await toBatch(store, job));
    },
  });

const params = z.object({ id: z.uuid() });

const showRoute = ({ store, jobs }: Deps) =>
  route({
    method: 'get',
    path: '/batches/:id',
    summary: 'Shows a batch of albums: how far it is, what it has found, how the imports stand.',
    role: 'any',
    params,
    responses: { 200: batchResource },
    problems: ['batch-not-found'],
    handle: async ({ params: { id }, user }) => ok(await toBatch(store, await visibleBatch(jobs, id, user))),
  });

const cancelRoute = ({ store, jobs }: Deps) =>
  route({
    method: 'post',
    path: '/batches/:id/cancel',
    summary: 'Makes no more albums of a batch; those that are there stay, with their imports.',
    role: 'member',
    params,
    body: z.object({}).optional(),
    responses: { 200: batchResource },
    problems: ['batch-not-found', 'batch-state-conflict'],
    async handle({ params: { id }, user }) {
      const { endedAt } = await visibleBatch(jobs, id, user);
      if (endedAt) throw problem('batch-state-conflict', { reason: `batch ${id} has ended already` });
      return ok(await toBatch(store, await jobs.cancel(id)));
    },
  });

async function visibleBatch(jobs: Jobs, id: string, user: User): Promise<JobView> {
  const job = await jobs.find(id).catch((error: { code?: unknown }) => {
    if (error.code === 'job-not-found') return undefined;
    throw error;
  });
  const isTheirs = user.seesAll || job?.tags.includes(userTag(user.sub));
  if (job?.name !== gatherAlbums.name || !isTheirs) throw problem('batch-not-found', { id });
  return job;
}

const toBatch = async ({ albums }: Deps['store'], job: JobView) => ({
  id: job.id,
  job,
  albums: await albums.countByStatus({ batchId: job.rootId }),
  createdAt: job.createdAt,
  updatedAt: job.updatedAt,
});
