const MAX_JSON_BYTES = 65_536;

/**
 * A value as JSON text; undefined for what JSON has no word for.
 * @throws TypeError for more than 64 KiB, and for what JSON cannot say (circles, big integers).
 */
export function jsonText(value: unknown, what: string): string | undefined {
  const text = stringify(value, what);
  const bytes = text === undefined ? 0 : Buffer.byteLength(text);
  if (bytes > MAX_JSON_BYTES)
    throw new TypeError(
      `${what} has ${bytes} bytes of JSON, at most ${MAX_JSON_BYTES} are allowed; store it elsewhere and keep its address`,
    );
  return text;
}

/** The value of such a text. */
export const jsonValue = (text: string | undefined): unknown => (text === undefined ? undefined : JSON.parse(text));

function stringify(value: unknown, what: string): string | undefined {
  try {
    return JSON.stringify(value) as string | undefined;
  } catch (error) {
    throw new TypeError(`${what} is no JSON`, { cause: error });
  }
}
