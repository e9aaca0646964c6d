/** A span as Jaeger has kept it. */
export type TraceSpan = {
  readonly id: string;
  /** Undefined for the first span of a trace; it may name a span that Jaeger was never sent. */
  readonly parentId: string | undefined;
  readonly service: string;
  readonly name: string;
  /** Since 1970, with a fraction. */
  readonly startedAtMs: number;
  readonly durationMs: number;
  /** By their OpenTelemetry names; `span.kind` is among them. */
  readonly attributes: Readonly<Record<string, unknown>>;
};

/** Reads a trace from Jaeger's query API, oldest span first; empty while Jaeger has no span of it. @throws when Jaeger cannot be asked. */
export async function readTrace(queryUrl: string, traceId: string): Promise<TraceSpan[]> {
  const url = `${queryUrl}/api/traces/${traceId}`;
  const answer = await fetch(url, { signal: AbortSignal.timeout(10_000) });
  if (answer.status === 404) return [];
  if (!answer.ok) throw new Error(`jaeger answers ${answer.status} at ${url}: ${await answer.text()}`);
  const { data } = (await answer.json()) as { data: JaegerTrace[] };
  return data.flatMap(spansOf).toSorted((a, b) => a.startedAtMs - b.startedAtMs);
}

type JaegerSpan = {
  spanID: string;
  operationName: string;
  references: { refType: string; spanID: string }[];
  /** Microseconds, as is the duration. */
  startTime: number;
  duration: number;
  tags: { key: string; value: unknown }[];
  processID: string;
};

type JaegerTrace = { spans: JaegerSpan[]; processes: Record<string, { serviceName: string }> };

const spansOf = ({ spans, processes }: JaegerTrace): TraceSpan[] =>
  spans.map((span) => ({
    id: span.spanID,
    parentId: span.references.find(({ refType }) => refType === 'CHILD_OF')?.spanID,
    service: processes[span.processID]?.serviceName ?? 'unknown',
    name: span.operationName,
    startedAtMs: span.startTime / 1_000,
    durationMs: span.duration / 1_000,
    attributes: Object.fromEntries(span.tags.map(({ key, value }) => [key, value])),
  }));
