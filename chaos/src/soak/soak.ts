import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { judge, untilQuiet } from '../checks/judge.ts';
import { startWholeCluster, type WholeCluster } from '../cluster/whole-cluster.ts';
import { clientOf } from '../load/client.ts';
import { deskOf, sendAll } from '../load/desk.ts';
import { planOf } from '../load/plan.ts';
import type { Finding, Scenario, ScenarioRun } from '../scenario.ts';
import { environmentFor } from './live-memory.ts';
import { type Allowed, judgeGrowth, watch } from './watch.ts';

const everyMs = 600;
const flap = { everyMs: 10_000, forMs: 1_000 };

const forms = {
  short: { seconds: 300, allowed: { everyMs: 5_000, memoryMiB: 15, handles: 8, channels: 4, brokerMiB: 64 } },
  long: { seconds: 7_200, allowed: { everyMs: 10_000, memoryMiB: 15, handles: 8, channels: 4, brokerMiB: 64 } },
} as const satisfies Record<string, { seconds: number; allowed: Allowed }>;

/** T18 of the table. */
export const soak: Scenario = {
  name: 'T18',
  title: 'steady commands to the whole cluster, the wire of half of it to the broker cut every ten seconds',
  promise: 'memory, open handles, channels and the disk of the broker stay as they are; effects and notices are exact',
  async run(run: ScenarioRun): Promise<Finding> {
    const { seconds, allowed } = run.isLong ? forms.long : forms.short;
    const people = Array.from({ length: 20 }, (_, index) => `person-${index}`);
    const plan = planOf(run.seed, Math.floor((seconds * 1_000) / everyMs), people);
    const memoryFolder = join(run.directory, 'live-memory');
    const cluster = await startWholeCluster({
      directory: run.directory,
      albums: plan.length,
      serviceEnvironment: await environmentFor(memoryFolder),
      say: run.say,
    });
    try {
      const desk = await deskOf(cluster, clientOf(cluster), people);
      const watching = watch(cluster, memoryFolder, allowed);
      const flapping = flapFrom(cluster);
      const { sent, refused } = await sendAll(desk, plan, everyMs, run.say, AbortSignal.timeout(seconds * 1_000));
      const flaps = await flapping.stop();
      const growth = judgeGrowth(await watching.stop(), allowed);
      const left = await untilQuiet(cluster, sent);
      const { counts = {}, figures, faults } = await judge(cluster, sent);
      return {
        counts,
        figures: { commands: sent.length, 'wires cut': flaps, ...growth.figures, ...figures },
        faults: [...growth.faults, ...refused, ...left, ...faults],
      };
    } finally {
      await cluster.stop();
    }
  },
};

function flapFrom({ wires }: WholeCluster) {
  const stopping = new AbortController();
  const pause = (ms: number) => delay(ms, undefined, { signal: stopping.signal }).catch(() => undefined);
  let flaps = 0;
  const flapping = (async () => {
    while (!stopping.signal.aborted) {
      wires.rabbitmq.cut();
      flaps++;
      await pause(flap.forMs);
      wires.rabbitmq.restore();
      await pause(flap.everyMs - flap.forMs);
    }
  })();
  return {
    /** @returns how often the wire was cut. */
    async stop(): Promise<number> {
      stopping.abort();
      await flapping;
      return flaps;
    },
  };
}
