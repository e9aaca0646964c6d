import { openBareQueue } from './bare-amqplib.ts';
import type { Lab } from './lab.ts';
import { noop, withNoopRuntime } from './noop-runtime.ts';
import { atRate, quantile } from './statistics.ts';

export type Latency = { p50Ms: number; p99Ms: number };

/** From the call of enqueue to the start of the run, at a steady rate, in one process and by one clock. */
export async function measureLatency(
  lab: Lab,
  { perSecond, jobs }: { perSecond: number; jobs: number },
): Promise<{ bare: Latency; whole: Latency }> {
  return { bare: await bareLatency(lab, perSecond, jobs), whole: await wholeLatency(lab, perSecond, jobs) };
}

async function bareLatency({ amqpUrl }: Lab, perSecond: number, messages: number): Promise<Latency> {
  const watch = stopwatch(messages);
  const queue = await openBareQueue(amqpUrl, 25, (body) => watch.stop(JSON.parse(body.toString()).index));
  await atRate(perSecond, messages, (index) => {
    watch.start(index);
    void queue.publish(Buffer.from(JSON.stringify({ index })));
  });
  const latency = await watch.latency();
  await queue.close();
  return latency;
}

async function wholeLatency(lab: Lab, perSecond: number, messages: number): Promise<Latency> {
  const watch = stopwatch(messages);
  return withNoopRuntime(lab, { inFlight: 25, onRun: watch.stop }, async (jobs) => {
    await atRate(perSecond, messages, (index) => {
      watch.start(index);
      void jobs.enqueue(noop, { index });
    });
    return watch.latency();
  });
}

function stopwatch(count: number) {
  const startedAt = new Map<number, number>();
  const tookMs: number[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  return {
    start: (index: number) => startedAt.set(index, performance.now()),
    stop: (index: number) => {
      tookMs.push(performance.now() - (startedAt.get(index) ?? Number.NaN));
      if (tookMs.length === count) resolve();
    },
    latency: async (): Promise<Latency> => {
      await promise;
      return { p50Ms: quantile(tookMs, 0.5), p99Ms: quantile(tookMs, 0.99) };
    },
  };
}
