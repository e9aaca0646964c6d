const loopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\]|\[::ffff:7f[0-9a-f]{2}:[0-9a-f]{1,4}\]|0\.0\.0\.0|\[::\])$/;

/** Host and port, where all names of this machine are one. */
function placeOf(url: URL): string {
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  return `${loopback.test(url.hostname) ? 'loopback' : url.hostname.replace(/\.$/, '')}:${port}`;
}

/** Whether an address leads to one of these services, which answer the engine what they would not answer a stranger. */
export const isInternal = (address: string, services: readonly string[]): boolean =>
  services.some((service) => placeOf(new URL(service)) === placeOf(new URL(address)));
