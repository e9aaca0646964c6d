import { metrics } from '@opentelemetry/api';

/** What every Prometheus dashboard of a process asks for first. Call once, after the meter provider is set. */
export function observeProcess(): void {
  const meter = metrics.getMeter('@millrace/service');
  const observe = (name: string, description: string, read: () => number) =>
    meter.createObservableGauge(name, { description }).addCallback((result) => result.observe(read()));
  meter
    .createObservableCounter('process_cpu_seconds_total', { description: 'Processor time spent, in seconds.' })
    .addCallback((result) => result.observe((process.cpuUsage().user + process.cpuUsage().system) / 1_000_000));
  observe('process_resident_memory_bytes', 'Memory held.', () => process.memoryUsage.rss());
  observe('process_heap_bytes', 'Memory in use by JavaScript objects.', () => process.memoryUsage().heapUsed);
  observe('process_start_time_seconds', 'Start of the process since the epoch.', () =>
    Math.round(performance.timeOrigin / 1_000),
  );
}
