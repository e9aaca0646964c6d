/** A file of a service, through the console's own door: signed addresses may name a host that this page may not read from. */
export function fileHref(service: string, url: string): string {
  const { pathname, search } = new URL(url, window.location.origin);
  return `/api/${service}${pathname}${search}`;
}
