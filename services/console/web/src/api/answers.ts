import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
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
  const pages = useInfiniteQuery<Page<Item>, Refusal, Item[], string[], string | null>({
    queryKey: ['pages', address(path, query)],
    queryFn: ({ pageParam, signal }) =>
      ask<Page<Item>>(address(path, { limit: 50, ...query, cursor: pageParam }), signal),
    initialPageParam: null,
    getNextPageParam: ({ nextCursor }) => nextCursor ?? null,
    select: ({ pages: all }) => all.flatMap(({ items }) => items),
    refetchInterval: 15_000,
    placeholderData: keepPreviousData,
  });
  return pages;
}
