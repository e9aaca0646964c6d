import type { z } from 'zod';

/** A JSON schema per payload version; the highest number is the one that new commands are written in. */
type Versions = Readonly<Record<number, z.ZodType>>;

/** Turns a payload of version `n` (the key) into one of version `n + 1`. */
type Upcasts = Readonly<Record<number, (payload: never) => unknown>>;

/** What a job promises to whoever commands it. The code that keeps the promise lives in the owning service. */
export type JobContract<Name extends string = string, Payload extends z.ZodType = z.ZodType> = {
  readonly name: Name;
  /** The unit of scaling, pausing and limits; broker names derive from it. */
  readonly queue: string;
  readonly summary: string;
  readonly version: number;
  readonly versions: Versions;
  readonly upcasts: Upcasts;
  /** The current version's schema. */
  readonly payload: Payload;
  /** Caps the attempts over all error classes. */
  readonly maxAttempts: number;
  /** One execution may take this long, in milliseconds; at most 10 minutes. */
  readonly timeoutMs: number;
  readonly lane: 'hi' | 'std' | 'lo';
};

type JobPromise<Name extends string, Payload extends z.ZodType> = {
  name: Name;
  queue: string;
  summary: string;
  payload: Payload;
  version?: number;
  /** Schemas of versions that are still on their way somewhere. */
  previous?: Versions;
  upcasts?: Upcasts;
  maxAttempts?: number;
  timeoutMs?: number;
  lane?: 'hi' | 'std' | 'lo';
};

/**
 * States a job's contract. Defaults: version 1, 20 attempts, 5 minutes, lane `std`.
 * @throws Error when an older version has no schema or no upcast, or the timeout is over 10 minutes.
 */
export function jobContract<Name extends string, Payload extends z.ZodType>(
  promise: JobPromise<Name, Payload>,
): JobContract<Name, Payload> {
  const version = promise.version ?? 1;
  const contract = {
    name: promise.name,
    queue: promise.queue,
    summary: promise.summary,
    version,
    versions: { ...promise.previous, [version]: promise.payload },
    upcasts: promise.upcasts ?? {},
    payload: promise.payload,
    maxAttempts: promise.maxAttempts ?? 20,
    timeoutMs: promise.timeoutMs ?? 300_000,
    lane: promise.lane ?? 'std',
  } as const;
  assertComplete(contract);
  return contract;
}

function assertComplete({ name, version, versions, upcasts, timeoutMs }: JobContract): void {
  for (let older = 1; older < version; older++) {
    if (!versions[older]) throw new Error(`job ${name}: version ${older} has no schema; give it in \`previous\``);
    if (!upcasts[older]) throw new Error(`job ${name}: version ${older} has no upcast to ${older + 1}`);
  }
  if (timeoutMs > 600_000) {
    throw new Error(`job ${name}: timeoutMs is ${timeoutMs}, at most 600000 is allowed; longer work snoozes`);
  }
}

/** A fact on its way to the bus, as a handler returns it: not yet numbered, not yet stored. */
export type EventDraft<Type extends string = string, Data = unknown> = {
  readonly type: Type;
  readonly version: number;
  readonly data: Data;
};

/** What an event promises to whoever hears it. Called with data, it makes a draft of the event. */
export type EventContract<Type extends string = string, Data extends z.ZodType = z.ZodType> = {
  (data: z.input<Data>): EventDraft<Type, z.output<Data>>;
  readonly type: Type;
  readonly version: number;
  readonly summary: string;
  readonly data: Data;
};

/**
 * States an event's contract.
 * @throws ZodError when the returned function is called with data that its schema refuses.
 */
export function eventContract<Type extends string, Data extends z.ZodType>(promise: {
  type: Type;
  summary: string;
  version?: number;
  data: Data;
}): EventContract<Type, Data> {
  const version = promise.version ?? 1;
  const draft = (data: z.input<Data>) => ({ type: promise.type, version, data: promise.data.parse(data) });
  return Object.assign(draft, { type: promise.type, version, summary: promise.summary, data: promise.data });
}
