import { ok, pageOf, pageQuery, paging, problem, type Route, route } from '@millrace/service';
import { z } from 'zod';
import { releaseStatuses } from '../domain/edition.ts';
import { partialDate } from '../domain/partial-date.ts';
import { type LockableField, lockableFields, type Release, sortDateOf } from '../domain/release.ts';
import { releaseFormats } from '../domain/release-format.ts';
import { groupings, groupReleases } from '../domain/release-groups.ts';
import type { MusicStore } from '../store/music-store.ts';
import { chooseEdition } from './choose-edition.ts';
import { labelShape, releaseResource, toReleaseResource } from './release-resource.ts';
import { albumParams, visibleAlbum } from './visible-album.ts';

type Deps = { readonly store: Pick<MusicStore, 'albums' | 'releases'> };

export const releaseRoutes = (deps: Deps): readonly Route[] => [
  listRoute(deps),
  groupsRoute(deps),
  showRoute(deps),
  changeRoute(deps),
];

const byDate = paging('releases', [
  ['sortDate', 1],
  ['_id', 1],
]);

const listRoute = ({ store: { albums, releases } }: Deps) =>
  route({
    method: 'get',
    path: '/albums/:id/releases',
    summary: 'Lists the releases of an album, earliest first, those of unknown date last.',
    role: 'any',
    params: albumParams,
    query: z.strictObject({
      ...pageQuery,
      format: z.enum(releaseFormats).optional(),
      country: z.string().max(10).optional().meta({ description: 'Came out there, whether or not elsewhere too.' }),
      status: z.enum(releaseStatuses).optional(),
      removed: z
        .enum(['true', 'false'])
        .default('false')
        .meta({ description: '`true`: those that the provider lists no more.' }),
    }),
    responses: { 200: pageOf(releaseResource) },
    problems: ['album-not-found'],
    async handle({ params, query: { limit, cursor, format, country, status, removed }, user }) {
      const { _id } = await visibleAlbum(albums, params.id, user);
      const equal = { ...(format && { format }), ...(country && { countries: country }), ...(status && { status }) };
      const shown = { removed: removed === 'true' ? { $ne: null } : null };
      const filter = { $and: [equal, shown, byDate.after(cursor)] };
      const rows = await releases.list(_id, { filter, sort: byDate.sort, limit: limit + 1 });
      return byDate.page(rows, limit, toReleaseResource);
    },
  });

const groupsRoute = ({ store: { albums, releases } }: Deps) =>
  route({
    method: 'get',
    path: '/albums/:id/releases/groups',
    summary: 'Counts the releases of an album by format, country or year; by year it is a timeline.',
    role: 'any',
    params: albumParams,
    query: z.strictObject({ by: z.enum(groupings).default('format') }),
    responses: {
      200: z
        .object({
          items: z.array(z.object({ key: z.string().nullable(), count: z.int(), releaseIds: z.array(z.string()) })),
        })
        .meta({ description: 'Years in order, others by size; a null key is unknown.' }),
    },
    problems: ['album-not-found'],
    async handle({ params, query: { by }, user }) {
      const { _id } = await visibleAlbum(albums, params.id, user);
      return { items: groupReleases(await releases.candidates(_id), by) };
    },
  });

const releaseParams = z.object({ id: z.uuid(), releaseId: z.uuid() });

const showRoute = ({ store: { albums, releases } }: Deps) =>
  route({
    method: 'get',
    path: '/albums/:id/releases/:releaseId',
    summary: 'Shows one release, with what the provider said of it word for word.',
    role: 'any',
    params: releaseParams,
    responses: { 200: releaseResource.extend({ source: sourceShape }) },
    problems: ['album-not-found', 'release-not-found'],
    async handle({ params, user }) {
      await visibleAlbum(albums, params.id, user);
      const release = await releases.find(params.id, params.releaseId);
      if (!release) throw problem('release-not-found', { id: params.releaseId });
      return ok(withSource(release), { revision: release.revision });
    },
  });

const sourceShape = z.object({
  provider: z.string(),
  fetchedAt: z.iso.datetime(),
  payload: z.record(z.string(), z.unknown()),
});

const withSource = (release: Release) => ({
  ...toReleaseResource(release),
  source: { ...release.source, fetchedAt: release.source.fetchedAt.toISOString() },
});

const text = z.string().trim().max(500);

const fieldsBody = z.object({
  title: text.min(1),
  disambiguation: text,
  status: z.enum(releaseStatuses).nullable(),
  format: z.enum(releaseFormats),
  date: z
    .string()
    .refine((date) => partialDate(date).date === date, 'must be a date like 1973, 1973-03 or 1973-03-01')
    .nullable(),
  country: z
    .string()
    .regex(/^[A-Z]{2}$/, 'must be an ISO 3166-1 code, or XW, XE')
    .nullable(),
  barcode: z
    .string()
    .regex(/^\d{0,20}$/, 'may hold digits; empty: it has none')
    .nullable(),
  packaging: text.nullable(),
  language: text.nullable(),
  script: text.nullable(),
  labels: z.array(labelShape).max(50),
});

const changeRoute = ({ store }: Deps) =>
  route({
    method: 'patch',
    path: '/albums/:id/releases/:releaseId',
    summary: 'Sets fields of a release and locks them: no import changes what is locked.',
    role: 'member',
    params: releaseParams,
    body: fieldsBody.partial().extend({
      lockedFields: z.array(z.enum(lockableFields)).optional().meta({
        description: 'Exactly these are locked afterwards. Default: those that were, and those that are set.',
      }),
    }),
    responses: { 200: releaseResource },
    problems: ['album-not-found', 'release-not-found', 'revision-mismatch'],
    async handle({ params, body: { lockedFields, ...given }, user, ifMatch }) {
      const album = await visibleAlbum(store.albums, params.id, user);
      const release = await store.releases.find(params.id, params.releaseId);
      if (!release) throw problem('release-not-found', { id: params.releaseId });
      if (ifMatch !== undefined && ifMatch !== release.revision) throw problem('revision-mismatch', {});
      const fields = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
      const locks = lockedFields ?? [
        ...new Set([...release.lockedFields, ...(Object.keys(fields) as LockableField[])]),
      ];
      const options = { lockedFields: locks, by: user.sub };
      const changed = await store.releases.edit(release, withCompanions(fields), options);
      if (!changed) throw problem('revision-mismatch', {});
      await chooseEdition(store, album);
      return ok(toReleaseResource(changed), { revision: changed.revision });
    },
  });

/** What goes with a date and a country. */
function withCompanions(fields: Partial<Release>): Partial<Release> {
  const { date, country } = fields;
  return {
    ...fields,
    ...(date !== undefined && { ...partialDate(date), sortDate: sortDateOf({ date }) }),
    ...(country !== undefined && { countries: country === null ? [] : [country] }),
  };
}
