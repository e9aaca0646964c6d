import type { StoredEvent } from './event.ts';

/** A dead event as it is kept: its type and its body as it came. */
export type Replayable = { readonly type: string; readonly body: string | Uint8Array };

/** Tells facts and hears them. Two implementations pass one conformance suite: NATS JetStream and the inline twin. */
export type EventBus = {
  /** Returns at once: connecting goes on for ever in the background; `isReady` says how far it is. */
  start(): Promise<void>;
  /** Takes no new events, waits for handlers at work, then leaves. Safe before `start` and twice. */
  stop(): Promise<void>;
  isReady(): { readonly ready: boolean; readonly reasons: readonly string[] };
  /**
   * Resolves when the stream has stored every event. An id told again within two minutes is stored once;
   * later it is stored again, and dropped by the inboxes of those who handled it. An event of more bytes than the server
   * takes would be refused each time: it is buried as `too-large`, and holds up no other.
   * @throws EventsUnavailable within `publishTimeoutMs` when an event was not acknowledged, or what `bury` throws; tell all of them again.
   */
  publish(events: readonly StoredEvent[]): Promise<void>;
  /**
   * Publishes a dead event once more, past the duplicate window, from any process of the service. Who has handled it
   * drops it by the inbox; who has not hears it. If it fails again it is buried again, under the same identity.
   * @throws EventTooLarge, EventsUnavailable as {@link publish}.
   */
  replay(letter: Replayable): Promise<void>;
  /**
   * Calls back when the stream was wiped and made anew, so that recent events are told again. Called in every replica,
   * again after a minute when it throws. Returns the unsubscriber.
   */
  onStreamReset(listener: () => Promise<void> | void): () => void;
};
