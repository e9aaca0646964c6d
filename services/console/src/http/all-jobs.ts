import { type InputError, invalidInput, pageQuery, type Route, route } from '@millrace/service';
import { z } from 'zod';
import type { Services } from '../clients/services.ts';
import { atStart, mergePages, type Place, type SourcePage } from '../domain/merged-page.ts';
import { type Away, type ServiceName, serviceNames } from '../domain/service-name.ts';

/** The jobs of all services in one list. */
export const allJobsRoutes = (services: Services): readonly Route[] => [list(services)];

type Job = { readonly id: string; readonly createdAt: string };
type JobPage = { readonly items: readonly Job[]; readonly nextCursor: string | null };

/** `to` holds the list still: what is accepted while somebody pages does not move what they read. */
const cursorShape = z.object({
  to: z.iso.datetime(),
  places: z.partialRecord(
    z.enum(serviceNames),
    z.object({ cursor: z.string().nullable(), skip: z.int().min(0).max(1_000), ended: z.boolean() }),
  ),
});

type Cursor = z.output<typeof cursorShape>;

const list = (services: Services) =>
  route({
    method: 'get',
    path: '/api/everywhere/jobs',
    tag: 'everywhere',
    summary: 'Lists the jobs of all services, newest first. Takes what `GET /jobs` of each takes, but for `sort`.',
    role: 'viewer',
    query: z.looseObject({ ...pageQuery, service: z.enum(serviceNames).optional() }),
    responses: {
      200: z
        .object({
          items: z.array(z.looseObject({ service: z.enum(serviceNames), id: z.string() })),
          away: z.array(z.object({ service: z.enum(serviceNames), reason: z.string() })),
          nextCursor: z.string().nullable(),
        })
        .meta({ description: 'One page; nextCursor is null on the last.' }),
    },
    async handle({ query: { limit, cursor, service, ...filter }, header }) {
      const at = cursor === undefined ? undefined : readCursor(cursor);
      const to = at?.to ?? (typeof filter['to'] === 'string' ? filter['to'] : new Date().toISOString());
      const wish = { filter: { ...filter, to } as Record<string, string>, limit };
      const sources = placesOf(at, service);
      const { pages, away } = await readPages(services, sources, wish, header('authorization'));
      const { items, places } = mergePages(pages, limit);
      return { items, away, nextCursor: places ? writeCursor({ to: new Date(to).toISOString(), places }) : null };
    },
  });

type Sources = readonly (readonly [ServiceName, Place])[];

const placesOf = (at: Cursor | undefined, only: ServiceName | undefined): Sources =>
  serviceNames
    .filter((name) => only === undefined || name === only)
    .map((name) => [name, at ? (at.places[name] ?? { ...atStart, ended: true }) : atStart] as const)
    .filter(([, { ended }]) => !ended);

async function readPages(
  services: Services,
  sources: Sources,
  { filter, limit }: { filter: Record<string, string>; limit: number },
  authorization: string | undefined,
): Promise<{ pages: SourcePage<ServiceName, Job>[]; away: Away[] }> {
  const pages: SourcePage<ServiceName, Job>[] = [];
  const away: Away[] = [];
  const read = async ([source, place]: Sources[number]) => {
    const query = new URLSearchParams({ ...filter, limit: `${limit}`, ...(place.cursor && { cursor: place.cursor }) });
    try {
      pages.push({ source, place, ...(await services.get<JobPage>(source, `/jobs?${query}`, authorization)) });
    } catch (error) {
      away.push({ service: source, reason: error instanceof Error ? error.message : String(error) });
    }
  };
  await Promise.all(sources.map(read));
  return { pages, away };
}

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
