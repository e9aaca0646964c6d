import type { ServerResponse } from 'node:http';

/** One message of a stream. `id` comes back as Last-Event-ID when the caller reconnects. */
export type StreamEvent = { readonly id: string; readonly event?: string; readonly data: unknown };

/** Where a stream's messages come from. */
export type EventStream = {
  /**
   * What is true now; or, after a reconnect, what happened since `lastEventId`.
   * Called once, after `follow`, so that nothing falls between the two.
   */
  snapshot(lastEventId: string | undefined): Promise<readonly StreamEvent[]>;
  /** Tells every change from now on. Returns how to stop it. What `snapshot` has already shown by id is left out. */
  follow(push: (event: StreamEvent) => void): () => void;
  /** Nothing will follow this one: the stream closes after it. */
  isLast?(event: StreamEvent): boolean;
};

/** Keeps the connection and sends what happens. */
export class StreamReply {
  readonly stream: EventStream;

  constructor(stream: EventStream) {
    this.stream = stream;
  }
}

/**
 * Answers with a server-sent event stream: the snapshot first, then changes, a comment every heartbeat,
 * an end at the last event or when the service stops. A reconnect to something that has ended, with nothing new to say,
 * is answered 204, which tells an EventSource to stay away. Who reads slower than 1 MiB behind is cut off and may reconnect.
 */
export const eventStream = (stream: EventStream): StreamReply => new StreamReply(stream);

export type StreamOptions = {
  readonly lastEventId: string | undefined;
  readonly heartbeatMs: number;
  /** Aborts when the service stops. */
  readonly signal: AbortSignal;
  /** Bytes that may wait for a slow reader. Default 1 MiB. */
  readonly bufferLimitBytes?: number;
};

/** Runs a stream over an open response. Resolves when it has ended, whoever ended it. */
export async function sendStream(response: ServerResponse, stream: EventStream, options: StreamOptions): Promise<void> {
  const early: StreamEvent[] = [];
  let deliver = (event: StreamEvent): void => void early.push(event);
  const unfollow = stream.follow((event) => deliver(event));
  try {
    const snapshot = await stream.snapshot(options.lastEventId);
    if (nothingLeft(stream, options.lastEventId, snapshot)) {
      response.writeHead(204).end();
      return;
    }
    const ended = closing(response, options.signal);
    const write = openStream(response, stream, options);
    const shown = new Set(snapshot.map(({ id }) => id));
    for (const event of snapshot) write(event);
    for (const event of early) if (!shown.has(event.id)) write(event);
    deliver = write;
    await ended;
  } finally {
    unfollow();
  }
}

/** The caller has seen the last event already: its source shows nothing but that one again. */
function nothingLeft(stream: EventStream, lastEventId: string | undefined, snapshot: readonly StreamEvent[]): boolean {
  const last = snapshot.at(-1);
  return last !== undefined && last.id === lastEventId && stream.isLast?.(last) === true;
}

function openStream(
  response: ServerResponse,
  stream: EventStream,
  { heartbeatMs, bufferLimitBytes = 1_048_576 }: StreamOptions,
): (event: StreamEvent) => void {
  response.writeHead(200, {
    'Content-Type': 'text/event-stream; charset=utf-8',
    'Cache-Control': 'no-store',
    'X-Accel-Buffering': 'no',
  });
  response.write('retry: 1000\n\n');
  const heartbeat = setInterval(() => send(':\n\n'), heartbeatMs);
  response.once('close', () => clearInterval(heartbeat));
  const send = (text: string): void => {
    if (response.writableEnded || response.destroyed) return;
    response.write(text);
    if (response.writableLength > bufferLimitBytes) response.destroy();
  };
  return (event) => {
    send(format(event));
    if (stream.isLast?.(event) && !response.destroyed) response.end();
  };
}

function closing(response: ServerResponse, signal: AbortSignal): Promise<void> {
  const end = () => void response.end();
  signal.addEventListener('abort', end, { once: true });
  if (signal.aborted) end();
  return new Promise((resolve) => {
    const done = () => {
      signal.removeEventListener('abort', end);
      resolve();
    };
    if (response.closed) done();
    else response.once('close', done);
  });
}

/** Line breaks may not stand in an id or a name; JSON has none. */
const format = ({ id, event, data }: StreamEvent): string =>
  `id: ${oneLine(id)}\n${event ? `event: ${oneLine(event)}\n` : ''}data: ${JSON.stringify(data)}\n\n`;

const oneLine = (text: string): string => text.replace(/[\r\n\0]/g, ' ');
