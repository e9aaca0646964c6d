import { z } from 'zod';
import type { BadEdition, Edition } from '../domain/edition.ts';
import { readRelease } from './musicbrainz-release.ts';
import { ProviderUnreadable } from './provider-errors.ts';
import type { Ask, Caller } from './provider-requests.ts';

/** A part of a release group's list. */
export type ReleasePage = {
  /** How many the provider has in all. */
  readonly total: number;
  /** How many came, readable or not: the next page begins after them. */
  readonly received: number;
  readonly editions: readonly Edition[];
  readonly bad: readonly BadEdition[];
  /** The id that the group has now, when the answer says so; another one than was asked for after a merge. */
  readonly releaseGroupId: string | null;
};

export type MusicBrainz = ReturnType<typeof createMusicBrainz>;

/** As large as pages get; long track lists make them shorter. */
const pageSize = 100;

const page = z.object({ 'release-count': z.int().nonnegative(), releases: z.array(z.unknown()) });
const groupOf = z.object({ 'release-group': z.object({ id: z.uuid() }) });
const entity = z.object({ id: z.uuid() });

/**
 * The User-Agent that MusicBrainz asks for: who we are and how to reach us.
 * @param contact a mail or web address.
 */
export const userAgent = (contact: string): string => `Millrace/0.1.0 ( ${contact} )`;

/** A MusicBrainz-compatible provider. @param url with the path of the web service, without a trailing slash. */
export function createMusicBrainz({ url, ask }: { url: string; ask: Ask }) {
  const address = (path: string, query: Readonly<Record<string, string>>) =>
    new URL(`${url}${path}?${new URLSearchParams({ ...query, fmt: 'json' })}`);

  return {
    /** The releases of a group from a place in its list. @returns null when there is no such group. */
    async releasesOf(groupId: string, offset: number, caller: Caller): Promise<ReleasePage | null> {
      const inc = 'artist-credits labels media release-groups';
      const query = { 'release-group': groupId, inc, limit: `${pageSize}`, offset: `${offset}` };
      const answer = await ask(address('/release', query), caller);
      if (answer === undefined) return null;
      const told = page.safeParse(answer);
      if (!told.success) throw new ProviderUnreadable('musicbrainz: a list without `release-count` and `releases`');
      const { releases, 'release-count': total } = told.data;
      const read = releases.map((one, index) => readRelease(one, offset + index));
      return {
        total,
        received: releases.length,
        editions: read.filter((one): one is Edition => 'fields' in one),
        bad: read.filter((one): one is BadEdition => 'reason' in one),
        releaseGroupId: releases.map((one) => groupOf.safeParse(one).data?.['release-group'].id).find(Boolean) ?? null,
      };
    },

    /** Where a release is now: its own id, or that of the one that it was merged into. @returns null when it was deleted. */
    async findRelease(id: string, caller: Caller): Promise<{ id: string; releaseGroupId: string | null } | null> {
      const answer = await ask(address(`/release/${id}`, { inc: 'release-groups' }), caller);
      if (answer === undefined) return null;
      const told = entity.safeParse(answer);
      if (!told.success) throw new ProviderUnreadable('musicbrainz: a release without an id');
      return { id: told.data.id, releaseGroupId: groupOf.safeParse(answer).data?.['release-group'].id ?? null };
    },
  };
}
