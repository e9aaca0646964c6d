type Fields = Record<string, unknown>;

/** The operators that the runtime's own writes use. */
export type AppliedUpdate = {
  readonly $set?: Fields;
  readonly $unset?: Fields;
  readonly $inc?: Fields;
  readonly $push?: Fields;
};

/** The document as the database would leave it after this update. Pure: what is given is not changed. */
export function applyUpdate<Document extends object>(document: Document, update: AppliedUpdate): Document {
  const next = structuredClone(document) as Fields;
  for (const [path, value] of Object.entries(update.$set ?? {})) setAt(next, path, () => structuredClone(value));
  for (const [path, by] of Object.entries(update.$inc ?? {})) setAt(next, path, (old) => Number(old ?? 0) + Number(by));
  for (const [path, pushed] of Object.entries(update.$push ?? {})) setAt(next, path, (old) => append(old, pushed));
  for (const path of Object.keys(update.$unset ?? {})) unsetAt(next, path);
  return next as Document;
}

function setAt(document: Fields, path: string, change: (old: unknown) => unknown): void {
  const [place, name] = placeOf(document, path);
  place[name] = change(place[name]);
}

function unsetAt(document: Fields, path: string): void {
  const [place, name] = placeOf(document, path);
  delete place[name];
}

function placeOf(document: Fields, path: string): [place: Fields, name: string] {
  const names = path.split('.');
  const last = names.pop() ?? path;
  let place = document;
  for (const name of names) {
    place[name] ??= {};
    place = place[name] as Fields;
  }
  return [place, last];
}

function append(old: unknown, pushed: unknown): unknown[] {
  const { $each = [pushed], $slice } = (typeof pushed === 'object' && pushed !== null ? pushed : {}) as {
    $each?: unknown[];
    $slice?: number;
  };
  const all = [...((old as unknown[] | undefined) ?? []), ...$each];
  return $slice === undefined ? all : all.slice($slice);
}
