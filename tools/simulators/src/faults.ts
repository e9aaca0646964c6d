import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

/** What goes wrong, and how often. */
export type Fault = {
  /**
   * `status`: answers with `status`. `timeout`: never answers. `reset`: drops the connection before anything is done.
   * `reset-after`: does what was asked, then drops the connection. `slow`: waits `delayMs`, then answers well.
   * `malformed`: answers 200 with JSON that breaks off. `short`: a page with fewer items than there are. `redirect`: sends to
   * another path that answers the same. The last two are for lists and lookups, and for simulators that have such.
   */
  readonly kind: 'status' | 'timeout' | 'reset' | 'reset-after' | 'slow' | 'malformed' | 'short' | 'redirect';
  /** Only this operation, e.g. `upload`; all when left out. */
  readonly operation?: string;
  /** For `status`. Default 503. */
  readonly status?: number;
  /** For `status`: sent as Retry-After. */
  readonly retryAfterSeconds?: number;
  /** For `slow`. Default 1,000 ms. */
  readonly delayMs?: number;
  /** The next so many matching calls. Default: until healed. */
  readonly times?: number;
  /** Only every n-th matching call. Default 1: each. */
  readonly every?: number;
};

type Armed = { readonly fault: Fault; left: number; seen: number };

/** Faults on demand: the first armed one that matches a call strikes it. */
export class Faults {
  #armed: Armed[] = [];

  arm(fault: Fault): void {
    this.#armed.push({ fault, left: fault.times ?? Number.POSITIVE_INFINITY, seen: 0 });
  }

  heal(): void {
    this.#armed = [];
  }

  /** The fault that strikes this call, if any. */
  next(operation: string): Fault | undefined {
    for (const armed of this.#armed) {
      const { fault } = armed;
      if (armed.left <= 0 || (fault.operation && fault.operation !== operation)) continue;
      armed.seen += 1;
      if (armed.seen % (fault.every ?? 1) !== 0) continue;
      armed.left -= 1;
      return fault;
    }
    return undefined;
  }
}

/** Lets a fault strike. @returns whether the call goes on to be served. */
export async function strike(fault: Fault | undefined, response: ServerResponse): Promise<boolean> {
  switch (fault?.kind) {
    case undefined:
    case 'reset-after':
    case 'short':
    case 'redirect':
      return true;
    case 'malformed':
      response.writeHead(200, { 'Content-Type': 'application/json' });
      response.end('{"releases":[{"id":"');
      return false;
    case 'slow':
      await delay(fault.delayMs ?? 1_000, undefined, { ref: false });
      return true;
    case 'timeout':
      return false;
    case 'reset':
      response.destroy();
      return false;
    case 'status': {
      const headers = fault.retryAfterSeconds === undefined ? {} : { 'Retry-After': String(fault.retryAfterSeconds) };
      response.writeHead(fault.status ?? 503, { 'Content-Type': 'application/json', ...headers });
      response.end(JSON.stringify({ message: 'a fault on demand', help: 'heal it through the control endpoint' }));
      return false;
    }
  }
}
