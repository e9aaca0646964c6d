import { type InputError, invalidInput, pageQuery, problem, type Route, route } from '@millrace/service';
import { z } from 'zod';
import type { Services } from '../clients/services.ts';
import { serviceNames } from '../domain/service-name.ts';
import { beginning, type PagedList, readList } from './read-list.ts';

/** What all services hold of a kind, in one list. */
export const pagedListRoutes = (services: Services): readonly Route[] => [
  pagedList(
    services,
    'jobs',
    'Lists the jobs of all services, newest first. Takes what `GET /jobs` of each takes, but for `sort`.',
  ),
  pagedList(
    services,
    'operations',
    'Lists the deeds on many jobs of all services, newest first. Takes what `GET /operations` of each takes.',
  ),
];

/** `to` holds the list still: what is accepted while somebody pages does not move what they read. */
const cursorShape = z.object({
  to: z.iso.datetime(),
  places: z.partialRecord(
    z.enum(serviceNames),
    z.object({ cursor: z.string().nullable(), skip: z.int().min(0).max(1_000), ended: z.boolean() }),
  ),
});

type Cursor = z.output<typeof cursorShape>;

const pagedList = (services: Services, list: PagedList, summary: string) =>
  route({
    method: 'get',
    path: `/api/everywhere/${list}`,
    tag: 'everywhere',
    summary,
    role: 'viewer',
    query: z.looseObject({ ...pageQuery, service: z.enum(serviceNames).optional() }),
    responses: {
      200: z
        .object({
          items: z.array(z.looseObject({ service: z.enum(serviceNames), id: z.string() })),
          away: z.array(z.object({ service: z.enum(serviceNames), reason: z.string() })),
          nextCursor: z.string().nullable(),
        })
        .meta({
          description:
            'One page, which may be shorter than its limit; nextCursor is null on the last. Behind the first page a service that does not answer keeps its place, and 503 says that no other has more to show meanwhile.',
        }),
    },
    problems: ['service-unavailable'],
    async handle({ query: { limit, cursor, service, ...filter }, header }) {
      const at = cursor === undefined ? undefined : readCursor(cursor);
      const to = at?.to ?? (typeof filter['to'] === 'string' ? filter['to'] : new Date().toISOString());
      const { items, away, places } = await readList(services, at?.places ?? beginning(service), {
        list,
        filter: { ...filter, to } as Record<string, string>,
        limit,
        authorization: header('authorization'),
      });
      const [silent] = away;
      if (at && silent && items.length === 0) throw problem('service-unavailable', { service: silent.service });
      return { items, away, nextCursor: places ? writeCursor({ to: new Date(to).toISOString(), places }) : null };
    },
  });

const writeCursor = (cursor: { to: string; places: object }): string =>
  Buffer.from(JSON.stringify(cursor)).toString('base64url');

function readCursor(text: string): Cursor {
  const parsed = cursorShape.safeParse(jsonIn(Buffer.from(text, 'base64url').toString()));
  if (!parsed.success) throw invalidInput([notACursor]);
  return parsed.data;
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const notACursor: InputError = {
  path: 'query.cursor',
  message: 'is not a cursor of this list; begin again without one',
};
