import {
  type Attributes,
  context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import type { JobRecord, TraceContext } from '../record/record.ts';
import { asError } from '../runtime/errors.ts';

const tracer = trace.getTracer('@millrace/jobs');

/** Messaging semantic conventions, with the job in fields of its own. */
export function messagingAttributes(
  record: Pick<JobRecord, '_id' | 'name' | 'queue' | 'n'>,
  operation: 'send' | 'process',
): Attributes {
  return {
    'messaging.system': 'rabbitmq',
    'messaging.operation.type': operation,
    'messaging.operation.name': operation === 'send' ? 'publish' : 'process',
    'messaging.destination.name': record.queue,
    'messaging.message.id': `${record._id}:${record.n}`,
    'millrace.job.id': record._id,
    'millrace.job.name': record.name,
  };
}

/** The present trace context in the form that a record keeps and a message carries. */
export function currentTrace(): { trace: TraceContext; traceId: string } | undefined {
  const carrier: Record<string, string> = {};
  propagation.inject(context.active(), carrier);
  const { traceparent, tracestate } = carrier;
  if (!traceparent) return undefined;
  return { trace: { traceparent, ...(tracestate && { tracestate }) }, traceId: traceparent.split('-')[1] ?? '' };
}

const contextOf = (carrier: TraceContext | undefined) => propagation.extract(ROOT_CONTEXT, carrier ?? {});

/** Runs the acceptance of a command inside its PRODUCER span, the parent of every run of it. */
export function spanEnqueue<T>(name: string, enqueue: (span: Span) => Promise<T>): Promise<T> {
  return tracer.startActiveSpan(`publish ${name}`, { kind: SpanKind.PRODUCER }, (span) =>
    ended(span, () => enqueue(span)),
  );
}

/** Runs one attempt inside its CONSUMER span, a child of the command's; the wait before it is a span of its own. */
export function spanRun<T>(record: JobRecord, run: (span: Span) => Promise<T>): Promise<T> {
  const parent = contextOf(record.trace);
  const attributes = { ...messagingAttributes(record, 'process'), 'millrace.job.attempt': record.attempt };
  if (record.startedAt && record.dispatchedAt) {
    // Both times are the database's; the span ends now by this machine's clock, as all others do.
    const waitedMs = Math.max(0, record.startedAt.getTime() - record.dispatchedAt.getTime());
    const now = Date.now();
    const name = record.attempt > 1 || record.n > 1 ? `wait ${record.name}` : `queue ${record.name}`;
    tracer
      .startSpan(name, { startTime: now - waitedMs, attributes: messagingAttributes(record, 'process') }, parent)
      .end(now);
  }
  return tracer.startActiveSpan(`process ${record.name}`, { kind: SpanKind.CONSUMER, attributes }, parent, (span) =>
    ended(span, () => run(span)),
  );
}

/** Goes on in the trace of a record, as when its events are announced. */
export const inTraceOf = <T>(record: Pick<JobRecord, 'trace'>, go: () => T): T =>
  context.with(contextOf(record.trace), go);

/** Marks the span of a run whose handler has failed although nothing was thrown through it. */
export function markFailed(span: Span, code: string, message: string): void {
  span.setAttribute('error.type', code);
  span.setStatus({ code: SpanStatusCode.ERROR, message });
}

async function ended<T>(span: Span, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    const error = asError(thrown);
    span.recordException(error);
    markFailed(span, error.name, error.message);
    throw thrown;
  } finally {
    span.end();
  }
}
