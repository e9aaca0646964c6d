const MAX_NAME_CHARS = 100;

/** A step's name as a field of the record: dots and dollars mean something to the database. */
export function fieldOfStep(name: string): string {
  if (name.length === 0 || name.length > MAX_NAME_CHARS)
    throw new TypeError(`step ${JSON.stringify(name.slice(0, 40))}: a name has 1 to ${MAX_NAME_CHARS} characters`);
  return encodeURIComponent(name).replaceAll('.', '%2E');
}

/** The name that {@link fieldOfStep} was given. */
export const stepOfField = (field: string): string => decodeURIComponent(field);
