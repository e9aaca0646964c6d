/** What a hint is about, and whose id it carries. */
const HINTS = {
  /** A running job is unwanted. */
  cancel: 'job',
  /** A queue's settings have changed. */
  queue: 'queue',
  /** A worker is to be quiet or to stop. */
  worker: 'worker',
  /** A breaker has opened or closed. */
  breaker: 'breaker',
} as const;

type HintKind = keyof typeof HINTS;
export type Hint = { readonly kind: HintKind; readonly id: string };

/** Tells every process of the cluster at once that something in the database has changed; who misses it, reads it a little later. */
export const encodeHint = ({ kind, id }: Hint): Buffer => Buffer.from(JSON.stringify({ [kind]: id }));

/** Undefined for what is no hint, or one of a newer release. */
export function decodeHint(body: Buffer): Hint | undefined {
  try {
    const [[kind, id] = []] = Object.entries(JSON.parse(body.toString('utf8')) as object);
    return kind && Object.hasOwn(HINTS, kind) && typeof id === 'string' ? { kind: kind as HintKind, id } : undefined;
  } catch {
    return undefined;
  }
}
