import { keepPreviousData, useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { address, ask, type Refusal } from './request.ts';

export type Page<Item> = { readonly items: readonly Item[]; readonly nextCursor?: string | null };

type AnswerOptions = {
  /** Not asked while false. */
  readonly when?: boolean;
  /** Asked again after so long without news from the live stream. Default 15 s. */
  readonly everyMs?: number;
};

/** What stands at an address, kept fresh by the live stream and, behind it, by asking again. */
export const useAnswer = <Body>(path: string, { when = true, everyMs = 15_000 }: AnswerOptions = {}) =>
  useQuery<Body, Refusal>({
    queryKey: [path],
    queryFn: ({ signal }) => ask<Body>(path, signal),
    enabled: when,
    refetchInterval: everyMs,
    placeholderData: keepPreviousData,
  });

/** A list that is longer than a page: read on page by page, shown as one. */
export function usePages<Item>(path: string, query: Readonly<Record<string, string | number | undefined>> = {}) {
  const client = useQueryClient();
  const queryKey = ['pages', address(path, query)];
  const pages = useInfiniteQuery<Page<Item>, Refusal, Item[], string[], string | null>({
    queryKey,
    queryFn: ({ pageParam, signal }) =>
      ask<Page<Item>>(address(path, { limit: 100, ...query, cursor: pageParam }), signal),
    initialPageParam: null,
    getNextPageParam: ({ nextCursor }) => nextCursor ?? null,
    select: itemsIn,
    refetchInterval: (of) => (isStill(of) ? false : 15_000),
    placeholderData: keepPreviousData,
  });
  const { data, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = pages;
  const known = client.getQueryCache().find({ queryKey });
  return {
    data,
    error,
    refetch,
    hasNextPage,
    isFetchingNextPage,
    fetchNextPage,
    isStill: known !== undefined && isStill(known),
    /** From its first page again. */
    begin: () => client.resetQueries({ queryKey, exact: true }),
  };
}

/** One function for all renders: a list of thousands is put together when it has grown, not each time it is drawn. */
const itemsIn = <Item>({ pages }: { readonly pages: readonly Page<Item>[] }): Item[] =>
  pages.flatMap(({ items }) => items);

const mostFreshPages = 3;

/** Whether somebody has read so far on in a list that keeping all of it fresh would cost more than it tells. */
export const isStill = ({ state: { data } }: { readonly state: { readonly data: unknown } }): boolean =>
  ((data as { pages?: readonly unknown[] } | undefined)?.pages?.length ?? 0) > mostFreshPages;
