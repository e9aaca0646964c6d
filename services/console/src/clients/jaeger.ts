import { z } from 'zod';
import type { Span } from '../domain/waterfall.ts';

const jaegerSpan = z.object({
  spanID: z.string(),
  operationName: z.string(),
  references: z.array(z.object({ refType: z.string(), spanID: z.string() })),
  /** Microseconds, as is the duration. */
  startTime: z.number(),
  duration: z.number(),
  tags: z.array(z.object({ key: z.string(), value: z.unknown() })),
  processID: z.string(),
});

const jaegerAnswer = z.object({
  data: z
    .array(
      z.object({
        spans: z.array(jaegerSpan),
        processes: z.record(z.string(), z.object({ serviceName: z.string() })),
      }),
    )
    .nullable(),
});

export type Traces = {
  /** The spans of a trace in no order; none while Jaeger has none. @throws when Jaeger cannot be asked. */
  find(traceId: string): Promise<readonly Span[]>;
};

/** Traces from Jaeger's query API. */
export const jaegerTraces = (queryUrl: string): Traces => ({
  async find(traceId) {
    const answer = await fetch(`${queryUrl}/api/traces/${encodeURIComponent(traceId)}`, {
      signal: AbortSignal.timeout(10_000),
    });
    if (answer.status === 404) return [];
    if (!answer.ok) throw new Error(`jaeger answers ${answer.status}: ${(await answer.text()).slice(0, 200)}`);
    const { data } = jaegerAnswer.parse(await answer.json());
    return (data ?? []).flatMap(({ spans, processes }) =>
      spans.map((span) => spanOf(span, processes[span.processID]?.serviceName ?? 'unknown')),
    );
  },
});

function spanOf(span: z.output<typeof jaegerSpan>, service: string): Span {
  const attributes = Object.fromEntries(span.tags.map(({ key, value }) => [key, String(value)]));
  return {
    id: span.spanID,
    parentId: span.references.find(({ refType }) => refType === 'CHILD_OF')?.spanID ?? null,
    service,
    name: span.operationName,
    startedAtMs: span.startTime / 1_000,
    durationMs: span.duration / 1_000,
    attributes,
    hasFailed: attributes['otel.status_code'] === 'ERROR' || attributes['error'] === 'true',
  };
}
