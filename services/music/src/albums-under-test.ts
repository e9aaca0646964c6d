import { until } from '@millrace/testkit';
import { type Json, serviceForTests, type TestService } from './service-for-tests.ts';

export type Album = Json & {
  id: string;
  importStatus: string;
  releaseCount: number;
  failure: { code: string } | null;
  musicbrainzReleaseGroupId: string;
  preferredEdition: { releaseId: string; isPinned: boolean; reasons: string[] };
};
export type Release = Json & {
  id: string;
  musicbrainzId: string;
  title: string;
  format: string;
  countries: string[];
  removed: Json;
};
export type Job = Json & { id: string; state: string; attempt: number; result: Json };
type Created = { album: Album; job: Job };

/** Albums of ann on a service of this test file's own. */
export async function albumsUnderTest(env: Record<string, string> = {}) {
  const service: TestService = await serviceForTests(env);
  const ann = await service.as('ann');
  await until(async () => (await fetch(`${service.url}/readyz`)).ok, { withinMs: 30_000 });

  const show = async (id: string) => (await ann<Album>('GET', `/albums/${id}`)).body;
  const jobOf = async (id: string) => (await ann<Job>('GET', `/jobs/${id}?wait=30`)).body;

  return {
    service,
    catalogue: service.provider.catalogue,
    ann,
    show,
    jobOf,

    /** Creates an album of the catalogue, or with the given release group, and waits until its first import has ended. */
    async create(title: string, groupId?: string | null): Promise<Created> {
      const musicbrainzReleaseGroupId =
        groupId === undefined ? service.provider.catalogue.album(title).releaseGroupId : groupId;
      const body = { title, artists: ['The Simulators'], musicbrainzReleaseGroupId };
      const created = await ann<Created>('POST', '/albums', { body });
      expect([created.status, created.headers.get('location')]).toEqual([201, `/albums/${created.body.album.id}`]);
      const job = await jobOf(created.body.job.id);
      return { album: await show(created.body.album.id), job };
    },

    async importAgain(id: string): Promise<Job> {
      const { body } = await ann<{ job: Job }>('POST', `/albums/${id}/import`);
      return jobOf(body.job.id);
    },

    releasesOf: async (id: string, query = '') =>
      (await ann<{ items: Release[] }>('GET', `/albums/${id}/releases?limit=1000${query}`)).body.items,
  };
}

export type AlbumsUnderTest = Awaited<ReturnType<typeof albumsUnderTest>>;
