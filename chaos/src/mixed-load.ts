import { judge, untilQuiet } from './checks/judge.ts';
import { startWholeCluster } from './cluster/whole-cluster.ts';
import { clientOf } from './load/client.ts';
import { deskOf, sendAll } from './load/desk.ts';
import { planOf } from './load/plan.ts';
import { type Harmed, makeTrouble } from './load/trouble.ts';
import type { Finding, Scenario, ScenarioRun } from './scenario.ts';
import { spoilEach } from './spoilings.ts';

const forms = {
  short: { commands: 400, everyMs: 450 },
  long: { commands: 10_000, everyMs: 250 },
};

/** So many people share the commands, so that each has some of every kind. */
const peopleCount = 20;

/** Everything at once: commands of every kind to the whole cluster, and harm to all of its parts. */
export const mixedLoad: Scenario = {
  name: 'mixed',
  title: 'mixed commands to the whole cluster, its parts killed and cut off at random',
  promise:
    'each command has exactly its effects, each person exactly their notices; no file, message or job is left over',
  async run(run: ScenarioRun): Promise<Finding> {
    const { commands, everyMs } = run.isLong ? forms.long : forms.short;
    const people = Array.from({ length: peopleCount }, (_, index) => `person-${index}`);
    const plan = planOf(run.seed, commands, people);
    const cluster = await startWholeCluster({ directory: run.directory, albums: commands, say: run.say });
    try {
      const client = clientOf(cluster);
      const desk = await deskOf(cluster, client, people);
      const trouble = makeTrouble(cluster, run);
      const startedAt = performance.now();
      const { sent, refused } = await sendAll(desk, plan, everyMs, run.say);
      const { harmed, faults: unmended } = await trouble.stop();
      const troubledMs = performance.now() - startedAt;
      run.say(`${sent.length} commands answered, ${client.tally.resent} requests sent again; waiting for quiet`);
      const left = await untilQuiet(cluster, sent);
      const quietMs = performance.now() - startedAt - troubledMs;
      const finding = await judge(cluster, sent);
      const planted = await spoilEach(cluster, sent, finding.faults);
      const unseen = planted.filter(({ said }) => said === undefined);
      return {
        ...(finding.counts && { counts: finding.counts }),
        figures: {
          commands: plan.length,
          'seconds of harm': Math.round(troubledMs / 1_000),
          ...(harmed satisfies Harmed),
          'requests sent again': client.tally.resent,
          'answers given again': client.tally.replays,
          'seconds until quiet': Math.round(quietMs / 1_000),
          ...finding.figures,
        },
        planted,
        faults: [
          ...refused,
          ...unmended,
          ...left,
          ...finding.faults,
          ...unseen.map(({ what }) => `the checks do not see it when ${what}`),
        ],
      };
    } finally {
      await cluster.stop();
    }
  },
};
