import { context, isSpanContextValid, trace } from '@opentelemetry/api';
import { type Logger, pino } from 'pino';

export type { Logger } from 'pino';

/** The ids that lead from a log line, an answer or a row to its trace; undefined outside of a trace. */
export function currentTraceId(): string | undefined {
  const span = trace.getSpanContext(context.active());
  return span && isSpanContextValid(span) ? span.traceId : undefined;
}

/** Where this is in its trace, in W3C's form (`00-<trace>-<span>-01`); undefined outside of a trace. */
export function currentTraceparent(): string | undefined {
  const span = trace.getSpanContext(context.active());
  if (!span || !isSpanContextValid(span)) return undefined;
  return `00-${span.traceId}-${span.spanId}-${span.traceFlags.toString(16).padStart(2, '0')}`;
}

/** JSON lines on stdout, one object a line, each with the trace it belongs to. */
export function createLogger({ name, level }: { name: string; level: string }): Logger {
  return pino({
    level,
    base: { service: name },
    formatters: { level: (label) => ({ level: label }) },
    timestamp: pino.stdTimeFunctions.isoTime,
    mixin: traceFields,
    redact: {
      paths: ['authorization', '*.authorization', 'token', '*.token', '*.password', '*.privateKey'],
      censor: '[hidden]',
    },
  });
}

function traceFields(): Record<string, string> {
  const span = trace.getSpanContext(context.active());
  return span && isSpanContextValid(span) ? { trace_id: span.traceId, span_id: span.spanId } : {};
}
