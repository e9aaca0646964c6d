import type { ClusterUrls } from '@millrace/stack';
import { z } from 'zod';
import { importedAlbum, importJob, release, releaseGroups, withImportJob } from './answers.ts';
import { claimEqual } from './claim.ts';
import { eventually } from './eventually.ts';
import { inboxOf } from './inbox.ts';
import type { People } from './people.ts';
import { chapter, milliseconds, say, seconds, table } from './print.ts';

const catalogue = z.object({
  items: z.array(z.object({ title: z.string(), releaseGroupId: z.string(), releaseCount: z.int() })),
});

/** A member creates an album: it is answered at once, and its releases arrive by themselves. Importing them again changes nothing. */
export async function importAnAlbum(people: People, urls: ClusterUrls): Promise<void> {
  chapter('8. The releases of an album arrive by themselves');
  const { music } = people.member;
  const known = await simulatedAlbum(urls, 'Hundred Editions');
  if (!known) return say('  MUSICBRAINZ_URL names a real provider, which the demo leaves in peace.');
  const askedAt = performance.now();
  const { album, job } = await music.post(
    '/albums',
    { title: known.title, artists: ['The Simulators'], musicbrainzReleaseGroupId: known.releaseGroupId },
    { status: 201, schema: withImportJob },
  );
  say(`  POST /albums answered after ${milliseconds(performance.now() - askedAt)}; job ${job.id} asks the provider,`);
  say('  once a second over all replicas, page by page.');
  const first = await music.get(`/jobs/${job.id}?wait=30`, importJob);
  claimEqual('the state of the import', first.state, 'completed');
  claimEqual('what the first import created', first.result?.created, known.releaseCount);
  const shown = await music.get(`/albums/${album.id}`, importedAlbum);
  claimEqual('the status of the album', [shown.importStatus, shown.releaseCount], ['imported', known.releaseCount]);
  say(`  ${shown.releaseCount} releases ${seconds(performance.now() - askedAt)} after the request:`);
  const { items } = await music.get(`/albums/${album.id}/releases/groups?by=format`, releaseGroups);
  table(items.map(({ key, count }) => [count, key ?? 'unknown']));

  const { releaseId, reasons } = shown.preferredEdition;
  const preferred = await music.get(`/albums/${album.id}/releases/${releaseId}`, release);
  say(`  Preferred edition: ${preferred.date}, ${preferred.country}, ${preferred.format}: ${reasons.join(', ')}.`);

  const again = await music.post(`/albums/${album.id}/import`, {}, { status: 202, schema: withImportJob });
  const second = await music.get(`/jobs/${again.job.id}?wait=30`, importJob);
  const { created, updated, unchanged } = second.result ?? {};
  claimEqual('what the second import did', [created, updated, unchanged], [0, 0, known.releaseCount]);
  const told = await eventually('a notification of both', async () => {
    const notices = (await inboxOf(people)).filter(({ title }) => title.includes(known.title));
    return notices.length >= 2 ? notices : undefined;
  });
  claimEqual('the number of notifications', told.length, 2);
  say(`  Imported again: 0 new, 0 changed, ${unchanged} as before. Told to the member: "${told[0]?.title}"`);
}

/** Undefined where a real provider is asked. */
async function simulatedAlbum(urls: ClusterUrls, title: string) {
  const url = urls['MUSICBRAINZ_URL'];
  if (!url || !['127.0.0.1', 'localhost'].includes(new URL(url).hostname)) return undefined;
  const answer = await fetch(new URL('/__control/albums', url));
  if (!answer.ok) return undefined;
  return catalogue.parse(await answer.json()).items.find((album) => album.title === title);
}
