import type { Readable } from 'node:stream';

/** What a handler answers with, when a plain value (200) is not all. */
export class Reply {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}) {
    this.status = status;
    this.body = body;
    this.headers = headers;
  }
}

type Revised = { readonly revision?: number };

/** After so many seconds it is worth asking again. */
type Polled = { readonly pollSeconds?: number | undefined };

/**
 * 200. With a revision the answer carries a weak ETag, which PUT, PATCH and DELETE take back as If-Match; with `pollSeconds` a Retry-After,
 * for what is still going to change.
 */
export const ok = (body: unknown, { revision, pollSeconds }: Revised & Polled = {}): Reply =>
  new Reply(200, body, { ...etag(revision), ...retryAfter(pollSeconds) });

/** 201 with the new thing's path. */
export const created = (location: string, body: unknown, { revision }: Revised = {}): Reply =>
  new Reply(201, body, { Location: location, ...etag(revision) });

/** 202: the work is queued; `location` shows how it goes, to be asked after `pollSeconds`. */
export const accepted = (location: string, body: unknown, { pollSeconds }: Polled = {}): Reply =>
  new Reply(202, body, { Location: location, ...retryAfter(pollSeconds) });

/** 200 with bytes as they come, from a stream; whoever reads slowly slows down the source. Not for POST: an answer that is kept has to end. */
export const streamed = (body: Readable, headers: Readonly<Record<string, string>>): Reply =>
  new Reply(200, body, headers);

export const noContent = (): Reply => new Reply(204, undefined);

const retryAfter = (seconds: number | undefined): Record<string, string> =>
  seconds === undefined ? {} : { 'Retry-After': `${seconds}` };

const etag = (revision: number | undefined): Record<string, string> =>
  revision === undefined ? {} : { ETag: `W/"${revision}"` };
