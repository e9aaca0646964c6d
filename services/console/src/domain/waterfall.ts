/** A span as Jaeger keeps it. */
export type Span = {
  readonly id: string;
  readonly parentId: string | null;
  readonly service: string;
  readonly name: string;
  /** Since 1970, with a fraction. */
  readonly startedAtMs: number;
  readonly durationMs: number;
  readonly attributes: Readonly<Record<string, string>>;
  readonly hasFailed: boolean;
};

/** A line of the drawing. */
type Bar = Span & {
  /** 0 for a span whose parent is not there. */
  readonly depth: number;
  /** After the beginning of the trace. */
  readonly offsetMs: number;
};

export type Waterfall = {
  readonly startedAt: string;
  readonly durationMs: number;
  readonly services: readonly string[];
  /** Parents before their children, children by their beginning. */
  readonly bars: readonly Bar[];
};

/** Lays a trace out for drawing. @param spans at least one, in any order. A span whose ancestors form a circle is left out. */
export function waterfall(spans: readonly Span[]): Waterfall {
  const sorted = spans.toSorted((a, b) => a.startedAtMs - b.startedAtMs);
  const known = new Set(sorted.map(({ id }) => id));
  const children = Map.groupBy(sorted, ({ parentId }) => (parentId !== null && known.has(parentId) ? parentId : null));
  const beginMs = sorted[0]?.startedAtMs ?? 0;
  const endMs = Math.max(...sorted.map(({ startedAtMs, durationMs }) => startedAtMs + durationMs));
  const below = (parentId: string | null, depth: number): Bar[] =>
    (children.get(parentId) ?? []).flatMap((span) => [
      { ...span, depth, offsetMs: span.startedAtMs - beginMs },
      ...below(span.id, depth + 1),
    ]);
  return {
    startedAt: new Date(beginMs).toISOString(),
    durationMs: endMs - beginMs,
    services: [...new Set(sorted.map(({ service }) => service))],
    bars: below(null, 0),
  };
}
