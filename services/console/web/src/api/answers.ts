import {
  keepPreviousData,
  queryOptions,
  useInfiniteQuery,
  useQueries,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import { address, ask, type Refusal } from './request.ts';
import type { Away } from './shapes.ts';

export type Page<Item> = {
  readonly items: readonly Item[];
  readonly nextCursor?: string | null;
  /** Services whose part is missing, where several hold one. */
  readonly away?: readonly Away[];
};

type AnswerOptions = {
  /** Not asked while false. */
  readonly when?: boolean;
  /** Asked again after so long without news from the live stream. Default 15 s. */
  readonly everyMs?: number;
};

/** What stands at an address, kept fresh by the live stream and, behind it, by asking again. */
export const useAnswer = <Body>(path: string, { when = true, everyMs = 15_000 }: AnswerOptions = {}) =>
  useQuery<Body, Refusal>({ ...question<Body>(path, everyMs), enabled: when });

/** The same of several addresses, in their order; undefined where nothing has come yet. */
export const useAnswers = <Body>(paths: readonly string[], everyMs = 30_000): readonly (Body | undefined)[] =>
  useQueries({ queries: paths.map((path) => question<Body>(path, everyMs)) }).map(({ data }) => data);

const question = <Body>(path: string, everyMs: number) =>
  queryOptions<Body, Refusal>({
    queryKey: [path],
    queryFn: ({ signal }) => ask<Body>(path, signal),
    refetchInterval: everyMs,
    placeholderData: keepPreviousData,
  });

/** The page that is asked for. */
type Turn = { readonly cursor: string | null; readonly limit: number };

/** Small while the list is kept fresh, which reads all of it again at all news; later whoever reads far on gets there in fewer steps. */
const freshSize = 100;
const stillSize = 500;

/** A list that is longer than a page: read on page by page, shown as one. */
export function usePages<Item>(path: string, query: Readonly<Record<string, string | number | undefined>> = {}) {
  const client = useQueryClient();
  const queryKey = ['pages', address(path, query)];
  const pages = useInfiniteQuery<Page<Item>, Refusal, Item[], string[], Turn>({
    queryKey,
    queryFn: ({ pageParam, signal }) => ask<Page<Item>>(address(path, { ...query, ...pageParam }), signal),
    initialPageParam: { cursor: null, limit: freshSize },
    getNextPageParam: ({ nextCursor }, { length }) =>
      nextCursor ? { cursor: nextCursor, limit: length < mostFreshPages ? freshSize : stillSize } : null,
    select: itemsIn,
    refetchInterval: (of) => (isStill(of) ? false : 15_000),
    placeholderData: keepPreviousData,
  });
  const { data, error, refetch, hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage } = pages;
  const known = client.getQueryCache().find({ queryKey });
  return {
    data,
    error,
    refetch,
    hasNextPage,
    isFetchingNextPage,
    isFetchNextPageError,
    fetchNextPage,
    isStill: known !== undefined && isStill(known),
    away: awayIn(known?.state.data),
    /** From its first page again. */
    begin: () => client.resetQueries({ queryKey, exact: true }),
  };
}

/** One function for all renders: a list of thousands is put together when it has grown, not each time it is drawn. */
const itemsIn = <Item>({ pages }: { readonly pages: readonly Page<Item>[] }): Item[] =>
  pages.flatMap(({ items }) => items);

/** Each service once, as its latest page says. */
function awayIn(data: unknown): readonly Away[] {
  const pages = (data as { pages?: readonly Page<unknown>[] } | undefined)?.pages ?? [];
  return [...new Map(pages.flatMap(({ away = [] }) => away.map((one) => [one.service, one] as const))).values()];
}

const mostFreshPages = 3;

/** Whether somebody has read so far on in a list that keeping all of it fresh would cost more than it tells. */
export const isStill = ({ state: { data } }: { readonly state: { readonly data: unknown } }): boolean =>
  ((data as { pages?: readonly unknown[] } | undefined)?.pages?.length ?? 0) > mostFreshPages;
