import { context, metrics, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core';
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { AggregationType, InstrumentType, MeterProvider } from '@opentelemetry/sdk-metrics';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { observeProcess } from './process-metrics.ts';

type Telemetry = { readonly metrics: PrometheusExporter; readonly tracing: TracerProvider };

let running: Telemetry | undefined;

/** From a request served from memory to a job at its time limit. */
const secondBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];

const inSeconds = {
  instrumentName: '*_seconds',
  instrumentType: InstrumentType.HISTOGRAM,
  aggregation: { type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM, options: { boundaries: secondBuckets } },
} as const;

// The kit measures requests itself, by the route table; a second histogram of the same would only confuse.
const dropped = {
  meterName: '@opentelemetry/instrumentation-*',
  instrumentName: 'http.*',
  aggregation: { type: AggregationType.DROP },
} as const;

/**
 * Sets up traces and metrics for this process, once. Spans are always made, so that trace ids reach logs and rows;
 * they leave the process only when `endpoint` (an OTLP/HTTP address) is given, half a second after they ended.
 */
export function startTelemetry({ endpoint, serviceName }: { endpoint: string | undefined; serviceName: string }): void {
  if (running) return;
  const resource = resourceFromAttributes({ 'service.name': serviceName });
  const tracing = new TracerProvider({ resource, spanProcessors: endpoint ? [processor(endpoint)] : [] });
  trace.setGlobalTracerProvider(tracing);
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(
    new CompositePropagator({ propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()] }),
  );
  const exporter = new PrometheusExporter({ preventServerStart: true });
  metrics.setGlobalMeterProvider(new MeterProvider({ resource, readers: [exporter], views: [dropped, inSeconds] }));
  observeProcess();
  running = { metrics: exporter, tracing };
}

/** Everything measured so far in Prometheus's text format, under exactly the names that the instruments were given. */
export async function renderMetrics(): Promise<string> {
  if (!running) return '# telemetry is not running: start the service with --import @millrace/service/register\n';
  const { resourceMetrics } = await running.metrics.collect();
  return new PrometheusSerializer(undefined, false, undefined, true, true).serialize(resourceMetrics);
}

/** Sends what is still waiting. Bounded: a collector that is away does not hold up the end of a process. */
export async function flushTelemetry(): Promise<void> {
  await running?.tracing.forceFlush({ timeoutMillis: 2_000 }).catch(() => undefined);
}

const processor = (endpoint: string) =>
  new BatchSpanProcessor({
    exporter: new OTLPTraceExporter({ url: `${endpoint.replace(/\/+$/, '')}/v1/traces` }),
    scheduledDelayMillis: 500,
    exportTimeoutMillis: 5_000,
    maxQueueSize: 16_384,
  });
