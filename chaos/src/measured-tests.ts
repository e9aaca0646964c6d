import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { chaosConfig } from './config.ts';
import type { Finding, Scenario, ScenarioRun } from './scenario.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const jobs = 'packages/jobs/src';

/** Harm to the job runtime alone that tests do already, with figures, on real components: they are run here and read, not done a second time. */
export const measuredTests: readonly Scenario[] = [
  measured('T2', 'a process dies at every crash point between enqueue and the end of the announcement', {
    promise: 'another process puts everything right; every point is passed',
    files: [`${jobs}/testing/crash-points`],
  }),
  measured('T6', 'a worker is paused and goes on, and wires to the broker are cut or stalled', {
    promise: 'nothing that a zombie writes is accepted',
    files: [`${jobs}/sweep/zombies`],
  }),
  measured('T7', 'a job blocks the event loop for longer than its lease', {
    promise: 'it runs again elsewhere, and has its effects once',
    files: [`${jobs}/sweep/blocked-loop`],
  }),
  measured('T8', 'one job among many ends its process each time', {
    promise: 'no innocent job pays for it; it is put apart and fails',
    files: [`${jobs}/sweep/poison`],
  }),
  measured('T10', 'what jobs depend on is away', {
    promise: 'no attempt is spent while the breaker is open, and the return is no rush',
    files: [`${jobs}/breakers/outage`],
  }),
  measured('T11', 'many enqueue the same keys at once, and holders are killed', {
    promise: 'one record per key, and no key is stuck',
    files: [`${jobs}/enqueue/unique-race`],
  }),
  measured('T12', 'processes under a limit of three are killed in turn', {
    promise: 'never more than three run, and no slot leaks',
    files: [`${jobs}/limits/limits-under-kills`],
  }),
  measured('T13', 'one tenant floods a queue that it shares', {
    promise: 'the others wait at most five times as long as alone',
    files: [`${jobs}/limits/fairness`],
  }),
  measured('T14', 'six replicas fire one schedule each second and are killed in turn', {
    promise: 'no tick is doubled, none is missed',
    files: [`${jobs}/schedules/replicas`],
  }),
  measured('T15', 'all workers are restarted by SIGTERM in turn, under load', {
    promise: 'nothing is lost, and no attempt is spent',
    files: [`${jobs}/run/rolling-restart`],
  }),
  measured('T16', 'jobs that run in another process are cancelled, with and without the broker', {
    promise: 'they stop soon and have no effect afterwards',
    files: [`${jobs}/operate/cancel-elsewhere`],
  }),
];

function measured(
  name: string,
  title: string,
  { promise, files }: { promise: string; files: readonly string[] },
): Scenario {
  return { name, title, promise, run: (run) => runTests(name, files, run) };
}

/** @returns what the tests have said in lines such as `T12 limits: max observed 3 [3], leaked slots 0 [0]`; targets stand in brackets. */
async function runTests(name: string, files: readonly string[], { isLong }: ScenarioRun): Promise<Finding> {
  const child = spawn(process.execPath, ['packages/testkit/src/run-tests.ts', ...files], {
    cwd: root,
    env: { ...chaosConfig.environment(), ...(isLong && { FULL: '1', SEEDS: '20' }) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const [code] = await once(child, 'close');
  const lines = [...said.matchAll(new RegExp(`^\\s*${name} ([^:\\n]+): (.+)$`, 'gm'))];
  const figures = Object.fromEntries(lines.map(([, label, text]) => [String(label), String(text)]));
  const red = [...said.matchAll(/^\s*● (.+)$/gm)].map(([, title]) => `red: ${title}`);
  const faults = code === 0 ? [] : [...new Set(red), `the tests ended with ${code}`];
  return { figures, faults: lines.length > 0 ? faults : [...faults, 'the tests have said no figures'] };
}
