import { flushCompileCache } from 'node:module';
import { atRate } from '../statistics.ts';
import type { Contestant, Work } from './contestant.ts';
import type { Answer, Order, Part, Produced, Question, Ran } from './messages.ts';

/** A process of one contestant, which commands jobs or performs them as its parent says, until that ends it. */
const reportEveryMs = 20;

process.on('disconnect', () => process.exit());
const { name, file, place, work } = JSON.parse(process.argv[2] ?? '') as Part;
const offered: Readonly<Record<string, Contestant>> = await import(file);
const contestant = Object.values(offered).find((one) => one.name === name);
if (!contestant) throw new Error(`${file} offers nobody named ${name}`);
if (work) {
  await contestant.work(place, { inFlight: work.inFlight, perform: reporting(work.runMs) });
  answering(async () => memory());
} else {
  const enqueue = await contestant.produce(place);
  answering(async (question) => (question === 'memory' ? memory() : produce(enqueue, question)));
}
// This process is killed in the end and would leave nothing of what it has compiled.
flushCompileCache();
tell({ ready: true });

function answering(answer: (question: Question) => Promise<Produced | number>): void {
  process.on('message', (question: Question) => {
    void answer(question).then(
      (answered) => tell({ answered }),
      (error: unknown) => {
        process.stderr.write(`${name}: ${error instanceof Error ? error.stack : error}\n`);
        process.exit(1);
      },
    );
  });
}

const memory = (): number => process.memoryUsage.rss() / 2 ** 20;

/** What a job does, and the report of it. */
function reporting(runMs: number): Work['perform'] {
  let ran: Ran[] = [];
  const report = () => {
    tell({ ran });
    ran = [];
  };
  return async (index) => {
    const startedAt = now();
    if (runMs > 0) await new Promise((resolve) => setTimeout(resolve, runMs));
    if (ran.length === 0) setTimeout(report, reportEveryMs);
    ran.push([index, startedAt, now()]);
  };
}

async function produce(enqueue: (index: number) => Promise<unknown>, order: Order): Promise<Produced> {
  const beganAt = now();
  const askedAt = 'perSecond' in order ? await produceAtRate(enqueue, order) : await produceAtOnce(enqueue, order);
  return { beganAt, acceptedAt: now(), askedAt };
}

async function produceAtRate(
  enqueue: (index: number) => Promise<unknown>,
  { from, count, perSecond }: Extract<Order, { perSecond: number }>,
): Promise<number[]> {
  const askedAt: number[] = [];
  const accepting: Promise<unknown>[] = [];
  await atRate(perSecond, count, (index) => {
    askedAt.push(now());
    accepting.push(enqueue(from + index));
  });
  await Promise.all(accepting);
  return askedAt;
}

/** Nothing of when each was asked for: there may be a million. */
async function produceAtOnce(
  enqueue: (index: number) => Promise<unknown>,
  { from, count, atOnce }: Extract<Order, { atOnce: number }>,
): Promise<[]> {
  let next = from;
  const caller = async () => {
    while (next < from + count) await enqueue(next++);
  };
  await Promise.all(Array.from({ length: atOnce }, caller));
  return [];
}

function tell(answer: Answer): void {
  process.send?.(answer);
}

/** By the clock that all processes of the machine share, ms. */
function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
