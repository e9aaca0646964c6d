import type { EventDraft } from '../define/outcome.ts';

/** Of an event's data as JSON. */
const MAX_EVENT_BYTES = 1024 * 1024;

/** @throws Error when an event's data is no JSON, or too much of it: stored all the same it could never be told. */
export function assertTellable({ type, data }: EventDraft): void {
  const bytes = Buffer.byteLength(JSON.stringify(data) ?? '');
  if (bytes > MAX_EVENT_BYTES)
    throw new Error(
      `event ${type} has ${bytes} bytes, at most ${MAX_EVENT_BYTES} can be told; store it and tell its address`,
    );
}
