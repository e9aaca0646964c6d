import { setTimeout as delay } from 'node:timers/promises';
import { EventSourceParserStream } from 'eventsource-parser/stream';

type Hearing = {
  /** The stream of a service, with everything that it needs to be let in. */
  readonly url: string;
  readonly authorization: string | undefined;
  /** Ends the listening. */
  readonly signal: AbortSignal;
  /** The data of each message. */
  onData(data: string): void;
  /** When it is heard, and when it is not any more. */
  onState(state: 'heard' | 'away'): void;
};

/** Listens to a live stream until the signal aborts, and again after each end, 0.5 s later at first and at most 5 s. Never rejects. */
export async function hearStream(hearing: Hearing): Promise<void> {
  const { signal, onState } = hearing;
  let waitMs = 500;
  while (!signal.aborted) {
    try {
      await hearOnce(hearing, () => {
        waitMs = 500;
        onState('heard');
      });
    } catch {
      // A stream that breaks is the usual end of one; it is told as a state, and begun again.
    }
    if (signal.aborted) return;
    onState('away');
    await delay(waitMs, undefined, { signal }).catch(() => undefined);
    waitMs = Math.min(5_000, waitMs * 2);
  }
}

async function hearOnce({ url, authorization, signal, onData }: Hearing, onOpen: () => void): Promise<void> {
  const headers = { accept: 'text/event-stream', ...(authorization && { authorization }) };
  const answer = await fetch(url, { headers, signal });
  if (!answer.ok || !answer.body) throw new Error(`stream answers ${answer.status}`);
  onOpen();
  const messages = answer.body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
  for await (const { data } of messages) onData(data);
}
