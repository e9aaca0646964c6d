import { components, until } from '@millrace/testkit';
import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { inlineWorld, natsWorld, ripe, ripened, type World } from './bus-under-test.ts';
import { onEvent } from './subscription.ts';

const exporter = new InMemorySpanExporter();
beforeAll(() => {
  trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }));
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
});
beforeEach(() => exporter.reset());
afterAll(() => {
  trace.disable();
  context.disable();
  propagation.disable();
});

const spans = (name: string) => exporter.getFinishedSpans().filter((span) => span.name === name);

const implementations: [string, () => Promise<World>][] = [
  ['NATS JetStream', () => natsWorld(components())],
  ['the inline twin', inlineWorld],
];

describe.each(implementations)('the trace of an event on %s', (_, open) => {
  let world: World;
  beforeEach(async () => {
    world = await open();
  });
  afterEach(() => world.end());

  it('leads from what stored it over the telling to every hearing, failed ones included', async () => {
    const active: (string | undefined)[] = [];
    const hear = onEvent(ripened, async () => {
      active.push(trace.getActiveSpan()?.spanContext().spanId);
      if (active.length === 1) throw new Error('not yet');
    });
    const bus = await world.bus({ subscriptions: [hear] });
    const event = ripe('fig', { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' });

    await bus.publish([event]);
    await until(() => spans('process fruit.ripened').length === 2);

    const [publish] = spans('publish fruit.ripened');
    const [failed, handled] = spans('process fruit.ripened');
    const ids = [publish, failed, handled].map((span) => span?.spanContext().spanId);
    expect(publish).toMatchObject({ kind: SpanKind.PRODUCER, parentSpanContext: { spanId: 'b7ad6b7169203331' } });
    expect(failed).toMatchObject({ kind: SpanKind.CONSUMER, parentSpanContext: { spanId: ids[0] } });
    expect(handled).toMatchObject({ kind: SpanKind.CONSUMER, parentSpanContext: { spanId: ids[0] } });
    expect([failed?.status.code, handled?.status.code]).toEqual([SpanStatusCode.ERROR, SpanStatusCode.UNSET]);
    expect(active).toEqual(ids.slice(1));
    expect(new Set(exporter.getFinishedSpans().map((span) => span.spanContext().traceId))).toEqual(
      new Set(['0af7651916cd43dd8448eb211c80319c']),
    );
  });

  it('says by the semantic conventions what was sent, to whom', async () => {
    const bus = await world.bus({ subscriptions: [onEvent(ripened, async () => {})] });
    const event = ripe('fig');

    await bus.publish([event]);
    await until(() => spans('process fruit.ripened').length === 1);

    const common = {
      'messaging.system': 'nats',
      'messaging.destination.name': expect.stringMatching(/events\.fruit\.ripened$/),
      'messaging.message.id': event.id,
    };
    expect(spans('publish fruit.ripened')[0]?.attributes).toEqual({
      ...common,
      'messaging.operation.type': 'send',
      'messaging.operation.name': 'publish',
    });
    expect(spans('process fruit.ripened')[0]?.attributes).toEqual({
      ...common,
      'messaging.operation.type': 'process',
      'messaging.operation.name': 'process',
      'messaging.consumer.group.name': 'kitchen__fruit-ripened',
      'messaging.nats.delivery_count': 1,
    });
  });
});
