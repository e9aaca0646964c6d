/** `FULL=1` measures longer. */
export const isLong = (process.env['FULL'] ?? '') !== '';

/** `ONLY=peers,search` measures the parts of these names; all when unset. */
export const only: readonly string[] = process.env['ONLY']?.split(',').filter(Boolean) ?? [];

/** What a service that is measured gets from here: where programs lie, the local key. */
export const inherited = (): Record<string, string> =>
  Object.fromEntries(Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined));
