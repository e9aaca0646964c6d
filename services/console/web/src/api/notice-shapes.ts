import type { Dated } from './product-shapes.ts';

export type Notice = Dated & {
  readonly category: string;
  readonly title: string;
  readonly body: string;
  /** The page that shows what it is about; null for what has none. */
  readonly link: string | null;
  /** What can be done about it at once, each a page with its question asked. */
  readonly actions: readonly { readonly name: string; readonly label: string; readonly link: string }[];
  readonly locale: string;
  readonly traceId: string | null;
  readonly seenAt: string | null;
  readonly readAt: string | null;
  readonly archivedAt: string | null;
};

export type Alert = Dated & {
  readonly title: string;
  readonly body: string;
  readonly link: string | null;
  readonly state: string;
  readonly occurrences: number;
  readonly happenedAt: string;
  readonly remindAt: string | null;
  readonly by: string | null;
  readonly note: string | null;
};

export type Delivery = Dated & {
  readonly kind: string;
  readonly recipient: string;
  readonly channel: string;
  readonly to: string;
  readonly category: string;
  readonly type: string;
  readonly title: string;
  readonly body: string;
  readonly link: string | null;
  readonly why: string;
  readonly state: string;
  readonly reason: string | null;
  readonly repeats: number;
  readonly attempts: readonly {
    readonly at: string;
    readonly verdict: string;
    readonly status: number | null;
    readonly answer: string | null;
    readonly tookMs: number | null;
  }[];
  readonly timeline: readonly { readonly at: string; readonly state: string; readonly reason: string | null }[];
  readonly traceId: string | null;
};
