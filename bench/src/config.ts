/** `FULL=1` measures longer. */
export const isLong = (process.env['FULL'] ?? '') !== '';
