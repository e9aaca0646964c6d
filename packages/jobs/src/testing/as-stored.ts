/**
 * A value as JSON gives it back: what would not survive storing and showing (dates, functions, fields that are undefined)
 * is missing in a test too. @throws TypeError for cycles and bigints.
 */
export function asStored(value: unknown): unknown {
  const text = JSON.stringify(value);
  return text === undefined ? null : JSON.parse(text);
}
