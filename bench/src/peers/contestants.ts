import { agenda } from './agenda.ts';
import { bareAmqplib } from './bare-amqplib.ts';
import { bullmq, bullmqFlushed } from './bullmq.ts';
import { byHand } from './by-hand.ts';
import type { Contestant } from './contestant.ts';
import { graphileWorker } from './graphile-worker.ts';
import { millrace } from './millrace.ts';
import { pgBoss } from './pg-boss.ts';

export type Entry = {
  readonly contestant: Contestant;
  /** Of the jobs in a measurement: the faster, the more they need for the same seconds. */
  readonly share: number;
  /** Where a process of it finds it without loading the others. */
  readonly file: string;
};

export const contestants: readonly Entry[] = [
  { contestant: bareAmqplib, share: 4, file: './bare-amqplib.ts' },
  { contestant: bullmq, share: 4, file: './bullmq.ts' },
  { contestant: bullmqFlushed, share: 2, file: './bullmq.ts' },
  { contestant: graphileWorker, share: 1, file: './graphile-worker.ts' },
  { contestant: pgBoss, share: 1, file: './pg-boss.ts' },
  { contestant: agenda, share: 0.25, file: './agenda.ts' },
  { contestant: byHand, share: 0.5, file: './by-hand.ts' },
  { contestant: millrace, share: 1, file: './millrace.ts' },
];
