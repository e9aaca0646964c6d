import { type Judged, judge, untilQuiet } from '../checks/judge.ts';
import { type ServiceName, serviceNames } from '../cluster/whole-cluster.ts';
import { clientOf } from '../load/client.ts';
import { deskOf, sendAll } from '../load/desk.ts';
import { planOf } from '../load/plan.ts';
import type { Desk, Sent } from '../load/send.ts';
import type { Finding, Scenario, ScenarioRun } from '../scenario.ts';
import { spentAttempts } from './attempts.ts';
import { type PodCluster, startPodCluster } from './pod-cluster.ts';

/** A round is one service: all of its Deployments. The long form takes all services in each. */
const rounds = 10;
/** Two services twice, without any grace: their pods of the first round still have theirs. */
const graceless: readonly ServiceName[] = ['campaign', 'projects', 'campaign', 'projects'];
const everyMs = 600;
/** More than can be sent while all rounds last. */
const mostCommands = 5_000;
const people = Array.from({ length: 10 }, (_, index) => `person-${index}`);

/** The busiest worker of each service has two pods while it is restarted, and is then scaled in to one. */
const busiest: Readonly<Record<ServiceName, string>> = {
  campaign: 'worker-campaign-seeding',
  music: 'worker-music-import',
  projects: 'worker-projects-setup',
  'mesh-orchestrator': 'worker-mesh-generation',
  notifications: 'worker-notifications-deliver',
};

export const rollouts: Scenario = {
  name: 'rollouts',
  title: 'every Deployment restarted and scaled in by a real control plane, under load',
  promise:
    'nothing is lost or doubled, no attempt is spent and no pod killed; without grace still nothing is lost or doubled',
  async run(run: ScenarioRun): Promise<Finding> {
    const plan = planOf(run.seed, mostCommands, people);
    const cluster = await startPodCluster({ directory: run.directory, albums: mostCommands, say: run.say });
    try {
      const client = clientOf(cluster);
      const desk = await deskOf(cluster, client, people);
      const load = { desk, plan, run };
      const good = await underLoad(cluster, load, async () => {
        for (let round = 1; round <= rounds; round++) {
          for (const service of servicesOf(round, run)) await oneRound(cluster, service, { run, round: `${round}` });
        }
      });
      const resent = client.tally.resent;
      const finding = await goodFinding(cluster, good, resent);
      const rest = plan.slice(good.sent.length + good.refused.length);
      const bad = await underLoad(cluster, { ...load, plan: rest }, async () => {
        const podSpec = { graceSeconds: 1, preStopSeconds: 1 };
        for (const service of graceless) await oneRound(cluster, service, { run, round: 'without grace', podSpec });
      });
      return await gracelessFinding(cluster, { finding, good, bad });
    } finally {
      await cluster.stop();
    }
  },
};

type Load = { desk: Desk; plan: ReturnType<typeof planOf>; run: ScenarioRun };
type Loaded = { sent: Sent[]; refused: string[]; left: string[]; seconds: number };

/** Sends commands for as long as the work lasts, then waits for quiet. */
async function underLoad(cluster: Judged, { desk, plan, run }: Load, work: () => Promise<void>): Promise<Loaded> {
  const startedAt = performance.now();
  const over = new AbortController();
  const sending = sendAll(desk, plan, everyMs, run.say, over.signal);
  await work().finally(() => over.abort());
  const { sent, refused } = await sending;
  const seconds = Math.round((performance.now() - startedAt) / 1_000);
  run.say(`${sent.length} commands answered in ${seconds} s; waiting for quiet`);
  return { sent, refused, left: await untilQuiet(cluster, sent), seconds };
}

const servicesOf = (round: number, { isLong }: ScenarioRun): readonly ServiceName[] =>
  isLong ? serviceNames : serviceNames.filter((_, index) => index === (round - 1) % serviceNames.length);

type Turn = { run: ScenarioRun; round: string; podSpec?: { graceSeconds: number; preStopSeconds: number } };

/** New pods for all Deployments of a service, and then one less of its busiest worker. */
async function oneRound(
  { deployments, kubelet }: PodCluster,
  service: ServiceName,
  { run, round, podSpec }: Turn,
): Promise<void> {
  const worker = busiest[service];
  await deployments.restart(service, { worker, replicas: 2, ...(podSpec && { podSpec }) });
  await deployments.scale(worker, 1);
  const { starts, drains, kills } = kubelet;
  run.say(`round ${round}, ${service}: ${starts} pods started so far, ${drains.length} ended, ${kills} killed`);
}

async function goodFinding(
  cluster: PodCluster,
  { sent, refused, left, seconds }: Loaded,
  resent: number,
): Promise<Finding> {
  const { kubelet } = cluster;
  const { attempts, rescued, faults } = await spentAttempts(cluster);
  const judged = await judge(cluster, sent);
  return {
    figures: {
      rounds,
      seconds,
      commands: sent.length,
      'requests sent again': resent,
      'pods told to go': kubelet.drains.length + kubelet.kills,
      'pods killed at the end of their grace': kubelet.kills,
      'pods that ended unasked': kubelet.deaths.length,
      ...drainFigures(cluster, 'worker'),
      ...drainFigures(cluster, 'api'),
      'attempts spent': attempts,
      'runs rescued': rescued,
      ...judged.figures,
    },
    faults: [
      ...refused,
      ...left,
      ...faults,
      ...(rescued > 0 ? [`${rescued} jobs lost their process, which was given its grace`] : []),
      ...(kubelet.kills > 0 ? [`${kubelet.kills} pods had to be killed`] : []),
      ...kubelet.deaths.map((death) => `a pod ended unasked: ${death}`),
      ...judged.faults,
    ],
  };
}

function drainFigures({ kubelet }: PodCluster, component: string): Record<string, string> {
  const drains = kubelet.drains
    .filter(({ labels }) => labels['app.kubernetes.io/component'] === component)
    .map(({ ms }) => Math.round(ms))
    .toSorted((one, other) => one - other);
  const at = (share: number) => drains[Math.ceil(drains.length * share) - 1] ?? 0;
  const kind = component === 'api' ? 'API pods' : 'workers';
  return { [`drain of ${kind}, p50, p99, most`]: `${at(0.5)}, ${at(0.99)}, ${at(1)} ms` };
}

/** A crash spends no attempt and loses nothing either, which is what the fence and the derived ids are for. */
async function gracelessFinding(
  cluster: PodCluster,
  { finding, good, bad }: { finding: Finding; good: Loaded; bad: Loaded },
): Promise<Finding> {
  const { kubelet } = cluster;
  const { rescued } = await spentAttempts(cluster);
  const judged = await judge(cluster, [...good.sent, ...bad.sent]);
  return {
    ...judged,
    figures: {
      ...finding.figures,
      ...withoutGrace({
        rounds: graceless.length,
        commands: bad.sent.length,
        'pods killed': kubelet.kills,
        'runs rescued': rescued,
        ...judged.figures,
      }),
    },
    faults: [
      ...finding.faults,
      ...[...bad.refused, ...bad.left, ...judged.faults].map((fault) => `without grace: ${fault}`),
      ...(kubelet.kills > 0 ? [] : ['without grace: no pod was killed, so the counts have shown nothing']),
    ],
  };
}

/** Commands of all rounds are judged again at the end, so these figures hold for both parts. */
const withoutGrace = (figures: Finding['figures']): Finding['figures'] =>
  Object.fromEntries(Object.entries(figures).map(([name, figure]) => [`without grace: ${name}`, figure]));
