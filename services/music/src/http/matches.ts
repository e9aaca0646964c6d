import { pageOf, pageQuery, paging, problem, type Route, route, type User } from '@millrace/service';
import { z } from 'zod';
import type { MusicStore } from '../store/music-store.ts';
import { matchStates, type ReleaseMatch } from '../store/release-matches.ts';

type Deps = { readonly store: Pick<MusicStore, 'matches' | 'releases'> };

export const matchRoutes = (deps: Deps): readonly Route[] => [
  listRoute(deps),
  decideRoute('accept', 'Links the release to the candidate; other candidates stay as they are.', deps),
  decideRoute('reject', 'Rejects the candidate; it is not proposed again.', deps),
];

const matchResource = z
  .object({
    id: z.uuid(),
    albumId: z.uuid(),
    releaseId: z.uuid(),
    releaseTitle: z.string(),
    provider: z.string(),
    candidate: z.object({
      id: z.string(),
      title: z.string(),
      country: z.string().nullable(),
      year: z.string().nullable(),
      formats: z.array(z.string()),
      catalogNumbers: z.array(z.string()),
      barcodes: z.array(z.string()),
      masterId: z.string().nullable().meta({ description: 'What gathers all editions there.' }),
    }),
    score: z.number().meta({ description: '0 to 1.' }),
    reasons: z.array(z.string()).meta({ description: 'What the two have in common.' }),
    state: z.enum(matchStates),
    decidedBy: z.string().nullable(),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'ReleaseMatch', description: 'A match that a person looks at.' });

const bestFirst = paging('release_matches', [
  ['score', -1],
  ['_id', 1],
]);

const listRoute = ({ store: { matches } }: Deps) =>
  route({
    method: 'get',
    path: '/matches',
    summary:
      'Lists entries of other providers that may be releases of ours, best first; members see those of their albums.',
    role: 'any',
    query: z.strictObject({
      ...pageQuery,
      state: z.enum(matchStates).default('pending'),
      albumId: z.uuid().optional(),
    }),
    responses: { 200: pageOf(matchResource) },
    async handle({ query: { limit, cursor, state, albumId }, user }) {
      const equal = { state, ...(albumId && { albumId }), ...(user.seesAll ? {} : { ownerId: user.sub }) };
      const rows = await matches.list({ $and: [equal, bestFirst.after(cursor)] }, limit + 1);
      return bestFirst.page(rows, limit, toResource);
    },
  });

const decideRoute = (verb: 'accept' | 'reject', summary: string, { store: { matches, releases } }: Deps) =>
  route({
    method: 'post',
    path: `/matches/:id/${verb}`,
    summary,
    role: 'member',
    params: z.object({ id: z.uuid() }),
    body: z.object({}).optional(),
    responses: { 200: matchResource },
    problems: ['match-not-found'],
    async handle({ params: { id }, user }) {
      const { releaseId, candidate } = await visibleMatch(matches, id, user);
      if (verb === 'accept') await releases.link(releaseId, candidate.id, `user:${user.sub}`);
      const decided = await matches.decide(id, verb === 'accept' ? 'accepted' : 'rejected', user.sub);
      if (!decided) throw problem('match-not-found', { id });
      return toResource(decided);
    },
  });

async function visibleMatch(matches: MusicStore['matches'], id: string, user: User): Promise<ReleaseMatch> {
  const match = await matches.find(id);
  if (!match || !(user.seesAll || match.ownerId === user.sub)) throw problem('match-not-found', { id });
  return match;
}

function toResource({ _id, ownerId: _o, createdAt, updatedAt, ...match }: ReleaseMatch): z.input<typeof matchResource> {
  const { candidate } = match;
  return {
    ...match,
    id: _id,
    reasons: [...match.reasons],
    candidate: {
      ...candidate,
      formats: [...candidate.formats],
      catalogNumbers: [...candidate.catalogNumbers],
      barcodes: [...candidate.barcodes],
      // Older rows do not have it.
      masterId: candidate.masterId ?? null,
    },
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
}
