import { useCallback } from 'react';
import { useLocation, useSearch } from 'wouter';

/** The query of the address as the state of a page, so that a link shows the same to somebody else. */
export function useUrlState() {
  const search = useSearch();
  const [path, navigate] = useLocation();
  const query = new URLSearchParams(search);
  const set = useCallback(
    (changes: Readonly<Record<string, string | null>>) => {
      const next = new URLSearchParams(window.location.search);
      for (const [name, value] of Object.entries(changes)) {
        if (value) next.set(name, value);
        else next.delete(name);
      }
      const text = next.toString();
      navigate(text ? `${path}?${text}` : path, { replace: true });
    },
    [navigate, path],
  );
  return { get: (name: string): string => query.get(name) ?? '', all: Object.fromEntries(query), set };
}

/** What of the address narrows a list. */
export function useFilter(isFilter: (name: string) => boolean): Readonly<Record<string, string>> {
  const { all } = useUrlState();
  return Object.fromEntries(Object.entries(all).filter(([name, value]) => value !== '' && isFilter(name)));
}
