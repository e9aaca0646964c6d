import {
  type Attributes,
  type Context,
  context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';

export type Headers = Readonly<Record<string, string>>;

const tracer = () => trace.getTracer('@millrace/events');

type Message = { readonly type: string; readonly subject: string; readonly id?: string };

/** Runs the publishing inside a span and hands it the trace headers for the message. */
export function inPublishSpan<T>(
  message: Message,
  stored: { traceparent?: string; tracestate?: string },
  publish: (headers: Headers) => Promise<T>,
): Promise<T> {
  const origin = storedHeaders(stored);
  const parent = origin['traceparent'] === undefined ? context.active() : contextOf(origin);
  const attributes = {
    ...attributesOf(message),
    'messaging.operation.type': 'send',
    'messaging.operation.name': 'publish',
  };
  return inSpan(`publish ${message.type}`, { kind: SpanKind.PRODUCER, attributes }, parent, () => {
    const headers: Record<string, string> = { ...origin };
    propagation.inject(context.active(), headers);
    return publish(headers);
  });
}

/** Runs the handling of one delivery inside a span that continues the publisher's trace. */
export function inProcessSpan<T>(
  message: Message & { durable: string; deliveries: number; headers: Headers },
  process: (span: Span) => Promise<T>,
): Promise<T> {
  const attributes = {
    ...attributesOf(message),
    'messaging.operation.type': 'process',
    'messaging.operation.name': 'process',
    'messaging.consumer.group.name': message.durable,
    'messaging.nats.delivery_count': message.deliveries,
  };
  return inSpan(
    `process ${message.type}`,
    { kind: SpanKind.CONSUMER, attributes },
    contextOf(message.headers),
    process,
  );
}

/** The trace id of W3C headers; undefined when there is none. */
export const traceIdOf = (headers: Headers): string | undefined =>
  /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}/.exec(headers['traceparent'] ?? '')?.[1];

/** The stored context itself, so that it travels even where no telemetry runs. */
function storedHeaders({
  traceparent,
  tracestate,
}: {
  traceparent?: string;
  tracestate?: string;
}): Record<string, string> {
  return { ...(traceparent !== undefined && { traceparent }), ...(tracestate !== undefined && { tracestate }) };
}

const contextOf = (headers: Headers): Context => propagation.extract(ROOT_CONTEXT, headers);

const attributesOf = ({ subject, id }: Message): Attributes => ({
  'messaging.system': 'nats',
  'messaging.destination.name': subject,
  ...(id !== undefined && { 'messaging.message.id': id }),
});

function inSpan<T>(
  name: string,
  options: { kind: SpanKind; attributes: Attributes },
  parent: Context,
  work: (span: Span) => Promise<T>,
): Promise<T> {
  return tracer().startActiveSpan(name, options, parent, async (span) => {
    try {
      return await work(span);
    } catch (error) {
      span.recordException(error as Error);
      span.setStatus({ code: SpanStatusCode.ERROR, message: (error as Error).message });
      throw error;
    } finally {
      span.end();
    }
  });
}
