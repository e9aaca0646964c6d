import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningComponent, repositoryRoot, startComponent } from '@millrace/stack';
import { chaosConfig } from './config.ts';
import type { Counts, Finding, Scenario, ScenarioRun } from './scenario.ts';

type Measured = {
  readonly title: string;
  readonly promise: string;
  readonly files: readonly string[];
  /** The words before the number that belongs into a column. */
  readonly counts: Readonly<Partial<Record<keyof Counts, string>>>;
};

const jobs = 'packages/jobs/src';

const table: Readonly<Record<string, Measured>> = {
  T2: {
    title: 'a process dies at every crash point between enqueue and the end of the announcement',
    promise: 'another process puts everything right; every point is passed',
    files: [`${jobs}/testing/crash-points`],
    counts: { imbalance: 'imbalance' },
  },
  'T5-NATS': {
    title: 'NATS is killed -9 while campaigns are seeded, is away, and loses its data',
    promise: 'what nobody had heard is told again, and nobody hears anything twice',
    files: ['tests/failures/nats-killed'],
    counts: { lost: 'notices lost', doubled: 'notices doubled' },
  },
  T6: {
    title: 'a worker is paused and goes on, and wires to the broker are cut or stalled',
    promise: 'nothing that a zombie writes is accepted',
    files: [`${jobs}/sweep/zombies`],
    counts: { lost: 'lost', doubled: 'doubled effects' },
  },
  T7: {
    title: 'a job blocks the event loop for longer than its lease',
    promise: 'it runs again elsewhere, and has its effects once',
    files: [`${jobs}/sweep/blocked-loop`],
    counts: { doubled: 'double effects' },
  },
  T8: {
    title: 'one job among many ends its process each time',
    promise: 'no innocent job pays for it; it is put apart and fails',
    files: [`${jobs}/sweep/poison`],
    counts: { lost: 'innocents dead-lettered' },
  },
  T10: {
    title: 'what jobs depend on is away',
    promise: 'no attempt is spent while the breaker is open, and the return is no rush',
    files: [`${jobs}/breakers/outage`],
    counts: {},
  },
  T11: {
    title: 'many enqueue the same keys at once, and holders are killed',
    promise: 'one record per key, and no key is stuck',
    files: [`${jobs}/enqueue/unique-race`],
    counts: { doubled: 'records too many' },
  },
  T12: {
    title: 'processes under a limit of three are killed in turn',
    promise: 'never more than three run, and no slot leaks',
    files: [`${jobs}/limits/limits-under-kills`],
    counts: {},
  },
  T13: {
    title: 'one tenant floods a queue that it shares',
    promise: 'the others wait at most five times as long as alone',
    files: [`${jobs}/limits/fairness`],
    counts: {},
  },
  T14: {
    title: 'six replicas fire one schedule each second and are killed in turn',
    promise: 'no tick is doubled, none is missed',
    files: [`${jobs}/schedules/replicas`],
    counts: { lost: 'missed ticks', doubled: 'duplicate ticks' },
  },
  T15: {
    title: 'all workers are restarted by SIGTERM in turn, under load',
    promise: 'nothing is lost, and no attempt is spent',
    files: [`${jobs}/run/rolling-restart`],
    counts: { lost: 'lost', doubled: 'doubled', imbalance: 'imbalance' },
  },
  T16: {
    title: 'jobs that run in another process are cancelled, with and without the broker',
    promise: 'they stop soon and have no effect afterwards',
    files: [`${jobs}/operate/cancel-elsewhere`],
    counts: { doubled: 'effects after cancel' },
  },
  T17: {
    title: 'nobody consumes while commands come as fast as they can',
    promise: 'the broker holds no more than its limit, and all of it is done afterwards',
    files: [`${jobs}/enqueue/backpressure`],
    counts: { lost: 'lost', doubled: 'doubled' },
  },
};

/** Harm that tests do already, with figures, on real components: they are run here and read, not done a second time. */
export const measuredTests: readonly Scenario[] = Object.entries(table).map(([name, measured]) => ({
  name,
  title: measured.title,
  promise: measured.promise,
  run: (run) => runTests(name, measured, run),
}));

let shared: Promise<RunningComponent[]> | undefined;
const sharedIn = `${tmpdir()}/millrace-chaos-shared-${process.pid}`;

/** One broker, bus and database for all of these, started by the first. */
function sharedComponents(): Promise<RunningComponent[]> {
  shared ??= Promise.all(
    (['rabbitmq', 'nats', 'mongodb'] as const).map((name) => startComponent(name, { directory: sharedIn })),
  );
  return shared;
}

/** Ends what the tests have shared, and deletes its data; nothing happens when none was run. */
export async function endSharedComponents(): Promise<void> {
  for (const component of (await shared) ?? []) {
    await component.kill('SIGKILL');
    await component.wipe();
  }
  await rm(sharedIn, { recursive: true, force: true });
}

/** @returns what the tests have said in lines such as `T12 limits: max observed 3 [3], leaked slots 0 [0]`; targets stand in brackets. */
async function runTests(name: string, { files, counts }: Measured, run: ScenarioRun): Promise<Finding> {
  const components = await sharedComponents();
  const child = spawn(process.execPath, ['packages/testkit/src/run-tests.ts', ...files], {
    cwd: repositoryRoot,
    env: {
      ...chaosConfig.environment(),
      ...Object.assign({}, ...components.map(({ env }) => env)),
      ...(run.isLong && { FULL: '1', SEEDS: '20' }),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const [code] = await once(child, 'close');
  await writeFile(join(run.directory, 'tests.log'), said);
  const lines = [...said.matchAll(new RegExp(`^\\s*${name} ([^:\\n]+): (.+)$`, 'gm'))];
  const figures = Object.fromEntries(lines.map(([, label, text]) => [String(label), String(text)]));
  const red = [...said.matchAll(/^\s*● (.+)$/gm)].map(([, title]) => `red: ${title}`);
  const failed = code === 0 ? [] : [...new Set(red), `the tests ended with ${code}`, ...reasonsIn(said)];
  const late = Object.values(figures).flatMap(missedTargets);
  const silent = lines.length > 0 ? [] : ['the tests have said no figures'];
  return { counts: countsIn(Object.values(figures), counts), figures, faults: [...failed, ...late, ...silent] };
}

/** The numbers behind the given words, added up over all lines. @returns no column where the words are nowhere. */
function countsIn(lines: readonly string[], words: Measured['counts']): Counts {
  const found = Object.entries(words).map(([column, before]) => {
    const numbers = lines.flatMap((line) => [...line.matchAll(new RegExp(`(?:^|, )${before} (-?\\d+)`, 'g'))]);
    const sum = numbers.reduce((total, [, number]) => total + Number(number), 0);
    return [column, numbers.length > 0 ? sum : undefined];
  });
  return Object.fromEntries(found.filter(([, sum]) => sum !== undefined));
}

/** Tests do not fail by the clock, because they run on busy machines; here what is measured is said to hold or not. */
const missedTargets = (line: string): string[] =>
  [...line.matchAll(/([^,:[]*?) (\d+) ms \[(\d+)\]/g)]
    .filter(([, , ms, targetMs]) => Number(ms) > Number(targetMs))
    .map(([, what, ms, targetMs]) => `${what?.trim()} is ${ms} ms, and at most ${targetMs} are right`);

/** What was expected and what came, in the words of the tests. */
const reasonsIn = (said: string): string[] =>
  [...said.matchAll(/^\s+((?:Expected|Received|[-+] {2}|error: |until: ).+|.+Error: .+)$/gm)]
    .map(([, reason]) => String(reason).trim())
    .slice(0, 8);
