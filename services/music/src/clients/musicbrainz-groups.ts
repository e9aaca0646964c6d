import { z } from 'zod';
import type { BatchPage, FoundAlbum } from '../domain/album-batch.ts';
import { ProviderUnreadable } from './provider-errors.ts';
import type { Ask, Caller } from './provider-requests.ts';

export type MusicBrainzGroups = ReturnType<typeof createMusicBrainzGroups>;

const pageSize = 100;

const group = z.object({
  id: z.uuid(),
  title: z.string().min(1),
  'artist-credit': z.array(z.object({ name: z.string() })).catch([]),
});
const page = z.object({ 'release-group-count': z.int().nonnegative(), 'release-groups': z.array(group) });

/** Release groups of a MusicBrainz-compatible provider. @param url with the path of the web service, without a trailing slash. */
export function createMusicBrainzGroups({ url, ask }: { url: string; ask: Ask }) {
  const address = (path: string, query: Readonly<Record<string, string>>) =>
    new URL(`${url}${path}?${new URLSearchParams({ ...query, inc: 'artist-credits', fmt: 'json' })}`);

  return {
    /** The albums of an artist from a place in the list. @returns null when there is no such artist. */
    async ofArtist(artistId: string, offset: number, caller: Caller): Promise<BatchPage | null> {
      const query = { artist: artistId, limit: `${pageSize}`, offset: `${offset}` };
      const answer = await ask(address('/release-group', query), caller);
      if (answer === undefined) return null;
      const { 'release-groups': groups, 'release-group-count': total } = read(page, answer, 'a list of release groups');
      return { total, received: groups.length, found: groups.map(toFound), missing: [] };
    },

    /** @returns null when there is no such release group. */
    async find(id: string, caller: Caller): Promise<FoundAlbum | null> {
      const answer = await ask(address(`/release-group/${id}`, {}), caller);
      return answer === undefined ? null : toFound(read(group, answer, 'a release group'));
    },
  };
}

function read<Shape extends z.ZodType>(shape: Shape, answer: unknown, what: string): z.output<Shape> {
  const told = shape.safeParse(answer);
  if (!told.success) throw new ProviderUnreadable(`musicbrainz: ${what} that reads as none: ${told.error.message}`);
  return told.data;
}

const toFound = ({ id, title, 'artist-credit': credits }: z.output<typeof group>): FoundAlbum => ({
  musicbrainzReleaseGroupId: id,
  title,
  artists: credits.map(({ name }) => name),
});
