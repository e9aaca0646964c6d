import { reasonOf, type Services } from '../clients/services.ts';
import { atStart, mergePages, type Place, type SourcePage } from '../domain/merged-page.ts';
import { type Away, type ServiceName, serviceNames } from '../domain/service-name.ts';

type Job = { readonly id: string; readonly createdAt: string };
type JobPage = { readonly items: readonly Job[]; readonly nextCursor: string | null };

/** How far the jobs of each service have been read; services that are not named are not asked. */
export type Places = Readonly<Partial<Record<ServiceName, Place>>>;

type JobOfService = Job & { readonly service: ServiceName } & Readonly<Record<string, unknown>>;

type Wish = {
  /** What `GET /jobs` of each service takes, but for `sort`. */
  readonly filter: Readonly<Record<string, string>>;
  readonly limit: number;
  readonly authorization: string | undefined;
};

type Read = {
  readonly items: readonly JobOfService[];
  /** Services that could not be asked, and why. */
  readonly away: readonly Away[];
  /** Where it goes on, also of those that could not be asked in the middle of their jobs; undefined at the end. */
  readonly places: Places | undefined;
};

/** The beginning of the jobs of all services, or of one. */
export const beginning = (only: ServiceName | undefined): Places =>
  Object.fromEntries(serviceNames.filter((name) => only === undefined || name === only).map((name) => [name, atStart]));

/**
 * The next jobs of all services, newest first. A service that cannot be asked for its first jobs is left out of the list; one that
 * falls silent later goes on where it was, once it answers again: after jobs of others that are older.
 * @throws Problem when a service finds the filter wrong.
 */
export async function readJobs(services: Services, places: Places, wish: Wish): Promise<Read> {
  const { filter, limit, authorization } = wish;
  const pages: SourcePage<ServiceName, Job>[] = [];
  const away: Away[] = [];
  const read = async (source: ServiceName, place: Place) => {
    const query = new URLSearchParams({ ...filter, limit: `${limit}`, ...(place.cursor && { cursor: place.cursor }) });
    try {
      pages.push({ source, place, ...(await services.get<JobPage>(source, `/jobs?${query}`, authorization)) });
    } catch (error) {
      away.push({ service: source, reason: reasonOf(error) });
    }
  };
  const open = Object.entries(places).filter(([, { ended }]) => !ended) as [ServiceName, Place][];
  await Promise.all(open.map(([source, place]) => read(source, place)));
  const merged = mergePages(pages, limit);
  const silent = open.filter(([source, place]) => isBegun(place) && away.some(({ service }) => service === source));
  const next = silent.length === 0 ? merged.places : { ...merged.places, ...Object.fromEntries(silent) };
  return { items: merged.items, away, places: next };
}

const isBegun = ({ cursor, skip }: Place): boolean => cursor !== null || skip > 0;
