import { setTimeout as delay } from 'node:timers/promises';
import { quantile } from '../statistics.ts';
import type { Ground } from './contestant.ts';
import type { Entry } from './contestants.ts';
import { type Crew, type Workers, withCrew } from './crew.ts';
import type { Ran } from './messages.ts';

const inFlight = 25;
/** Calls of enqueue under way while as many as possible are commanded. */
const atOnce = 256;
/** Jobs before what counts: processes that have just started are slow. As long for a fast library as for a slow one. */
const warmUpOf = ({ share }: Entry): number => 1_000 * share;
/** Whoever has not begun the last jobs so long after they were asked for does not keep up with the rate. */
const patienceMs = 3_000;
/** Of jobs performed at one size of a backlog. */
const longestMs = 15_000;

export type Throughput = { readonly perSecond: number; readonly workerMiB: number };

/** Jobs commanded by one process and performed by others at once, until the last has run. @param runMs how long each takes; 0: nothing is done. */
export function throughputOf(
  entry: Entry,
  ground: Ground,
  { jobs, runMs, workers: count }: { jobs: number; runMs: number; workers: number },
): Promise<Throughput> {
  const warmUp = warmUpOf(entry);
  return withCrew(entry, ground, async (crew) => {
    const workers = await warmWorkers(crew, { warmUp, count, runMs });
    const { beganAt } = await crew.produce({ from: warmUp, count: jobs, atOnce });
    await workers.tally.reached(warmUp + jobs);
    const tookMs = lastEndOf(workers.tally.inOrder()) - beganAt;
    return { perSecond: (jobs * 1_000) / tookMs, workerMiB: await workers.memoryMiB() };
  });
}

/** From the call of enqueue to the start of the run; or how many ran in a second, of a rate that was too high. */
export type Latency =
  | { readonly keepsUp: true; readonly p50Ms: number; readonly p99Ms: number }
  | { readonly keepsUp: false; readonly perSecond: number };

/** At a steady rate, one process that commands and one that performs. */
export function latencyOf(
  entry: Entry,
  ground: Ground,
  { perSecond, jobs }: { perSecond: number; jobs: number },
): Promise<Latency> {
  const warmUp = warmUpOf(entry);
  return withCrew(entry, ground, async (crew) => {
    const { tally } = await warmWorkers(crew, { warmUp, count: 1, runMs: 0 });
    const { beganAt, askedAt } = await crew.produce({ from: warmUp, count: jobs, perSecond });
    const through = tally.reached(warmUp + jobs).then(() => true);
    const keepsUp = await Promise.race([through, delay(patienceMs, false, { ref: false })]);
    const measured = tally.inOrder().filter(([index]) => index >= warmUp);
    const tookMs = measured.map(([index, startedAt]) => startedAt - (askedAt[index - warmUp] ?? Number.NaN));
    if (keepsUp) return { keepsUp, p50Ms: quantile(tookMs, 0.5), p99Ms: quantile(tookMs, 0.99) };
    const lastStartAt = measured.at(-1)?.[1];
    return { keepsUp, perSecond: lastStartAt ? (measured.length * 1_000) / (lastStartAt - beganAt) : 0 };
  });
}

async function warmWorkers(
  crew: Crew,
  { warmUp, count, runMs }: { warmUp: number; count: number; runMs: number },
): Promise<Workers> {
  const workers = await crew.startWorkers(count, { inFlight, runMs });
  await crew.produce({ from: 0, count: warmUp, atOnce: inFlight });
  await workers.tally.reached(warmUp);
  return workers;
}

export type Backlog = {
  readonly waiting: number;
  /** Commanded per second while nobody performs, from the smaller backlog up to this. */
  readonly enqueuedPerSecond: number;
  /** Performed per second by one process from there on; NaN where none was in time. */
  readonly jobsPerSecond: number;
  readonly workerMiB: number;
};

/**
 * Fills a queue that nobody works at, and has some jobs performed at each size.
 * @param sizes ascending. @param taken jobs at each size, or what is done in 15 s.
 */
export function backlogsOf(
  entry: Entry,
  ground: Ground,
  { sizes, taken }: { sizes: readonly number[]; taken: number },
): Promise<Backlog[]> {
  return withCrew(entry, ground, async (crew) => {
    const backlogs: Backlog[] = [];
    let commanded = 0;
    let performed = 0;
    for (const waiting of sizes) {
      const count = waiting - (commanded - performed);
      const { beganAt, acceptedAt } = await crew.produce({ from: commanded, count, atOnce });
      commanded += count;
      const workers = await crew.startWorkers(1, { inFlight, runMs: 0 });
      await Promise.race([workers.tally.reached(taken), delay(longestMs, undefined, { ref: false })]);
      const workerMiB = await workers.memoryMiB();
      await workers.kill();
      performed += workers.tally.size;
      const jobsPerSecond = rateOf(workers.tally.inOrder().slice(0, taken));
      backlogs.push({ waiting, enqueuedPerSecond: (count * 1_000) / (acceptedAt - beganAt), jobsPerSecond, workerMiB });
    }
    return backlogs;
  });
}

/** Between the first start and the last end. */
function rateOf(ran: readonly Ran[]): number {
  const firstAt = ran[0]?.[1] ?? Number.NaN;
  return (ran.length * 1_000) / (lastEndOf(ran) - firstAt);
}

const lastEndOf = (ran: readonly Ran[]): number => ran.reduce((last, [, , endedAt]) => Math.max(last, endedAt), 0);
