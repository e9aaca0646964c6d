import { useCallback } from 'react';
import { useLocation, useSearch } from 'wouter';

/** Parameters of the address to set; empty ones and null go. */
type Changes = Readonly<Record<string, string | null>>;

/** The query of the address as the state of a page, so that a link shows the same to somebody else. */
export function useUrlState() {
  const search = useSearch();
  const [path, navigate] = useLocation();
  const query = new URLSearchParams(search);
  const hrefWith = useCallback((changes: Changes) => changed(path, changes), [path]);
  const set = useCallback((changes: Changes) => navigate(changed(path, changes), { replace: true }), [navigate, path]);
  return { get: (name: string): string => query.get(name) ?? '', all: Object.fromEntries(query), hrefWith, set };
}

/** The address as it stands when it is asked for, so that two changes in one moment both hold. */
function changed(path: string, changes: Changes): string {
  const next = new URLSearchParams(window.location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value) next.set(name, value);
    else next.delete(name);
  }
  const text = next.toString();
  return text ? `${path}?${text}` : path;
}

/** What of the address narrows a list. */
export function useFilter(isFilter: (name: string) => boolean): Readonly<Record<string, string>> {
  const { all } = useUrlState();
  return Object.fromEntries(Object.entries(all).filter(([name, value]) => value !== '' && isFilter(name)));
}
