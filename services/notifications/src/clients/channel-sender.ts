import type { Secret } from '@millrace/outside/signing';
import type { BrowserKeys } from '../domain/browser.ts';
import type { Delivery, Verdict } from '../domain/delivery.ts';

/** What a receiver said to one attempt. */
export type Said = { readonly verdict: Verdict; readonly status: number | null; readonly answer: string };

/** What a channel needs beside the delivery itself. */
export type Sending = {
  /** A page that ends such mails, where there is one. */
  readonly unsubscribeUrl?: string | undefined;
  readonly secrets: readonly Secret[];
  /** Of the browser that is pushed to; null on any other way. */
  readonly browserKeys: BrowserKeys | null;
  readonly signal: AbortSignal;
};

/**
 * Sends a delivery once; the same delivery again carries the same message id. It never throws for what a receiver does,
 * and answers within its time limit. @throws the signal's reason when it aborts.
 */
export type ChannelSender = (delivery: Delivery, sending: Sending) => Promise<Said>;

/** As much of an answer as is kept. */
export const excerpt = (answer: string): string => answer.replace(/\s+/g, ' ').trim().slice(0, 300);
