import { reasonOf, type Services } from '../clients/services.ts';
import { atStart, mergePages, type Place, type SourcePage } from '../domain/merged-page.ts';
import { type Away, type ServiceName, serviceNames } from '../domain/service-name.ts';

/** What each service keeps a list of, newest first, that is read page by page. */
export type PagedList = 'jobs' | 'operations';

type Item = { readonly id: string; readonly createdAt: string };
type ItemPage = { readonly items: readonly Item[]; readonly nextCursor: string | null };

/** How far the list of each service has been read; services that are not named are not asked. */
export type Places = Readonly<Partial<Record<ServiceName, Place>>>;

type ItemOfService = Item & { readonly service: ServiceName } & Readonly<Record<string, unknown>>;

type Wish = {
  readonly list: PagedList;
  /** What the list of each service takes, but for `sort`. */
  readonly filter: Readonly<Record<string, string>>;
  readonly limit: number;
  readonly authorization: string | undefined;
};

type Read = {
  readonly items: readonly ItemOfService[];
  /** Services that could not be asked, and why. */
  readonly away: readonly Away[];
  /** Where it goes on, also of those that could not be asked in the middle of their lists; undefined at the end. */
  readonly places: Places | undefined;
};

/** The beginning of a list of all services, or of one. */
export const beginning = (only: ServiceName | undefined): Places =>
  Object.fromEntries(serviceNames.filter((name) => only === undefined || name === only).map((name) => [name, atStart]));

/**
 * The next items of a list of all services, newest first. A service that cannot be asked for its first ones is left out; one that
 * falls silent later goes on where it was, once it answers again: after items of others that are older.
 * @throws Problem when a service finds the filter wrong.
 */
export async function readList(services: Services, places: Places, wish: Wish): Promise<Read> {
  const { list, filter, limit, authorization } = wish;
  const pages: SourcePage<ServiceName, Item>[] = [];
  const away: Away[] = [];
  const read = async (source: ServiceName, place: Place) => {
    const query = new URLSearchParams({ ...filter, limit: `${limit}`, ...(place.cursor && { cursor: place.cursor }) });
    try {
      pages.push({ source, place, ...(await services.get<ItemPage>(source, `/${list}?${query}`, authorization)) });
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
