import { openBareQueue } from './bare-amqplib.ts';
import type { Lab } from './lab.ts';
import { noop, withNoopRuntime } from './noop-runtime.ts';
import { median } from './statistics.ts';

const IN_FLIGHT = 25;

export type Throughput = { bareJobsPerSecond: number; jobsPerSecond: number; ratio: number };

/**
 * Jobs that do nothing, produced and performed at once in one process, 25 in flight: the whole runtime beside bare
 * amqplib on the same kind of queue, alternating. Medians over the rounds.
 */
export async function measureThroughput(
  lab: Lab,
  { jobs, rounds }: { jobs: number; rounds: number },
): Promise<Throughput> {
  const bare: number[] = [];
  const whole: number[] = [];
  for (let round = 0; round < rounds; round++) {
    bare.push(await bareRound(lab, jobs * 4));
    whole.push(await wholeRound(lab, jobs));
  }
  const [bareJobsPerSecond, jobsPerSecond] = [median(bare), median(whole)];
  return { bareJobsPerSecond, jobsPerSecond, ratio: jobsPerSecond / bareJobsPerSecond };
}

async function bareRound({ amqpUrl }: Lab, messages: number): Promise<number> {
  const all = countdown(messages);
  const queue = await openBareQueue(amqpUrl, IN_FLIGHT, all.one);
  const begin = performance.now();
  const published = Promise.all(
    Array.from({ length: messages }, (_, index) => queue.publish(Buffer.from(JSON.stringify({ index })))),
  );
  await Promise.all([published, all.reached]);
  const perSecond = (messages * 1_000) / (performance.now() - begin);
  await queue.close();
  return perSecond;
}

async function wholeRound(lab: Lab, messages: number): Promise<number> {
  const all = countdown(messages);
  return withNoopRuntime(lab, { inFlight: IN_FLIGHT, onRun: all.one }, async (jobs) => {
    const begin = performance.now();
    await Promise.all(Array.from({ length: messages }, (_, index) => jobs.enqueue(noop, { index })));
    await all.reached;
    return (messages * 1_000) / (performance.now() - begin);
  });
}

function countdown(from: number): { one: () => void; reached: Promise<void> } {
  let left = from;
  const { promise, resolve } = Promise.withResolvers<void>();
  return {
    one: () => {
      left--;
      if (left === 0) resolve();
    },
    reached: promise,
  };
}
