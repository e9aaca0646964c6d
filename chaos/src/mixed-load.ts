import { setTimeout as delay } from 'node:timers/promises';
import { checkEffects, type Effects } from './checks/effects.ts';
import { checkFiles } from './checks/files.ts';
import { checkLedgers } from './checks/ledgers.ts';
import { checkNotices, titlesOf } from './checks/notices.ts';
import { comesTrue, operatorOf } from './checks/operator.ts';
import { waitingAt } from './checks/queues.ts';
import { unfinishedIn } from './checks/rest.ts';
import { startWholeCluster, type WholeCluster } from './cluster/whole-cluster.ts';
import { type Client, clientOf } from './load/client.ts';
import { type Command, type Kind, planOf } from './load/plan.ts';
import { type Desk, type Furnishing, furnish, type Sent, sendCommand } from './load/send.ts';
import { type Harmed, makeTrouble } from './load/trouble.ts';
import { plant } from './plant.ts';
import type { Finding, Scenario, ScenarioRun } from './scenario.ts';

const forms = {
  short: { commands: 400, everyMs: 450 },
  long: { commands: 10_000, everyMs: 250 },
};

/** So many people share the commands, so that each has some of every kind. */
const peopleCount = 20;
/** So many commands may be without an answer at once. */
const inFlight = 24;
/** The development database keeps what a killed process has locked for up to a minute; a job that met that waits for its next attempt. */
const quietWithinMs = 180_000;
const settledAfterMs = 30_000;

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
      await templatePublished(cluster);
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
      await plant(cluster, sent);
      const finding = await judge(cluster, sent);
      return {
        figures: {
          commands: plan.length,
          'seconds of harm': Math.round(troubledMs / 1_000),
          ...(harmed satisfies Harmed),
          'requests sent again': client.tally.resent,
          'answers given again': client.tally.replays,
          'seconds until quiet': Math.round(quietMs / 1_000),
          ...finding.figures,
        },
        faults: [...refused, ...unmended, ...left, ...finding.faults],
      };
    } finally {
      await cluster.stop();
    }
  },
};

async function templatePublished({ database }: WholeCluster): Promise<void> {
  const templates = database('campaign').collection('templates');
  const isThere = await comesTrue(async () => (await templates.countDocuments({ status: 'published' })) > 0, 60_000);
  if (!isThere) throw new Error('no template was published within a minute');
}

async function deskOf({ provider }: WholeCluster, client: Client, people: readonly string[]): Promise<Desk> {
  const furnishings = new Map<string, Furnishing>();
  for (const person of people) furnishings.set(person, await furnish(client, person));
  const albums = new Map(provider.catalogue.albums().map((album) => [album.title, album]));
  return {
    client,
    furnishingOf: (person) => furnishings.get(person) as Furnishing,
    releaseGroupOf: (album) => {
      const found = albums.get(`Album ${album}`);
      if (!found) throw new Error(`the catalogue has no Album ${album}`);
      return found;
    },
  };
}

/** Sends the plan at its pace, or more slowly when too much is without an answer. */
async function sendAll(
  desk: Desk,
  plan: readonly Command[],
  everyMs: number,
  say: (line: string) => void,
): Promise<{ sent: Sent[]; refused: string[] }> {
  const sent: Sent[] = [];
  const refused: string[] = [];
  const open = new Set<Promise<unknown>>();
  for (const [index, command] of plan.entries()) {
    const sending: Promise<unknown> = sendCommand(desk, command)
      .then(
        (one) => sent.push(one),
        (error: unknown) => refused.push(`${command.kind} ${command.name}: ${String(error)}`),
      )
      .finally(() => open.delete(sending));
    open.add(sending);
    if (index % 100 === 99) say(`${index + 1} commands sent, ${sent.length} answered`);
    await delay(everyMs);
    if (open.size >= inFlight) await Promise.race(open);
  }
  await Promise.all(open);
  return { sent, refused };
}

/** Quiet is when nothing is due and nobody was told anything for a while, or at once when everybody was told. @returns what is still not done when the patience ends. */
async function untilQuiet(cluster: WholeCluster, sent: readonly Sent[]): Promise<string[]> {
  const expected = sent.reduce((sum, command) => sum + titlesOf(command).length, 0);
  const recipient = { $in: [...new Set(sent.map(({ person }) => person))] };
  const notices = cluster.database('notifications').collection('notifications');
  let told = { count: -1, sinceMs: 0 };
  const isQuiet = async () => {
    const count = await notices.countDocuments({ recipient });
    if (count !== told.count) told = { count, sinceMs: performance.now() };
    const isSettled = count >= expected || performance.now() - told.sinceMs > settledAfterMs;
    return isSettled && (await unfinishedIn(cluster)).length === 0;
  };
  if (await comesTrue(isQuiet, quietWithinMs)) return [];
  return (await unfinishedIn(cluster)).map(({ service, what }) => `still unfinished in ${service}: ${what}`);
}

async function judge(cluster: WholeCluster, sent: readonly Sent[]): Promise<Finding> {
  const operator = await operatorOf(cluster);
  const { effects, faults } = await checkEffects(cluster, sent);
  const told = await checkNotices(cluster, sent);
  const stored = await checkFiles(cluster, operator);
  const books = await checkLedgers(operator);
  const waiting = await messagesLeft(cluster);
  return {
    figures: {
      ...effectFigures(effects),
      'notices told': told.notices.told,
      'notices lost': told.notices.lost,
      'notices doubled': told.notices.doubled,
      files: stored.files.files,
      'files orphaned': stored.files.orphaned,
      'files missing': stored.files.missing,
      repositories: stored.files.repositories,
      'jobs accepted': books.ledgers.accepted,
      'jobs failed': books.ledgers.failed,
      imbalance: books.ledgers.imbalance,
      'messages left': Object.values(waiting).reduce((sum, count) => sum + count, 0),
    },
    faults: [
      ...faults,
      ...told.faults,
      ...stored.faults,
      ...books.faults,
      ...Object.entries(waiting).map(([queue, count]) => `${count} messages are left in ${queue}`),
    ],
  };
}

function effectFigures(effects: ReadonlyMap<Kind, Effects>): Record<string, number> {
  const sum = (column: keyof Effects) => [...effects.values()].reduce((total, row) => total + row[column], 0);
  const byKind = [...effects].map(([kind, { done }]) => [`${kind} commands done`, done]);
  return { ...Object.fromEntries(byKind), lost: sum('lost'), doubled: sum('doubled'), 'not whole': sum('wrong') };
}

/** A schedule may ring at any moment: what is there in every look is left over. */
async function messagesLeft({ amqpUrl }: WholeCluster): Promise<Record<string, number>> {
  let waiting: Record<string, number> = {};
  await comesTrue(async () => {
    waiting = await waitingAt(amqpUrl);
    return Object.keys(waiting).length === 0;
  }, 20_000);
  return waiting;
}
