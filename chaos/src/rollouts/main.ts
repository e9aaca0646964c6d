import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { chaosConfig } from '../config.ts';
import { outcomeLines } from '../report.ts';
import { brokenOff, type Finding, type Outcome } from '../scenario.ts';
import { rollouts } from './rollouts.ts';

/** The second half of `make rig-k8s`: restarts and scales in under load, and writes what came of it into docs. */
const { seed, isLong } = chaosConfig;
const directory = await mkdtemp(join(tmpdir(), 'millrace-rollouts-'));
const startedAt = performance.now();
const seconds = () => ((performance.now() - startedAt) / 1_000).toFixed(0);
const say = (line: string) => void process.stdout.write(`${line}\n`);

say(`${rollouts.name}: ${rollouts.title}`);
const finding = await rollouts
  .run({ seed, isLong, directory, say: (line) => say(`  ${seconds().padStart(4)} s  ${line}`) })
  .catch((error: unknown): Finding => {
    if (error instanceof Error) say(`${error.stack}`);
    return { figures: {}, faults: [brokenOff(error)] };
  });
const { name, title, promise } = rollouts;
const outcome: Outcome = { name, title, promise, ...finding, tookMs: performance.now() - startedAt };
for (const line of outcomeLines(outcome)) say(line);
const isHeld = finding.faults.length === 0;
if (isHeld) {
  await writeFile(new URL('../../../docs/rollouts.md', import.meta.url), pageOf(outcome));
  await rm(directory, { recursive: true, force: true });
} else say(`logs are kept in ${directory}`);
// A component whose process was ended may hold a handle for a while; everything is written.
process.exit(isHeld ? 0 : 1);

function pageOf({ figures }: Outcome): string {
  const machine = `${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`;
  const rows = Object.entries(figures).map(([figure, value]) => `| ${figure} | ${value} |\n`);
  return `# Rollouts

Written by \`make rig-k8s\` on ${new Date().toISOString().slice(0, 10)} (\`SEED=${seed}\`, ${seconds()} s): ${machine}, everything on this one machine.

All Deployments of the services as the production overlay has them, with the real API server and Deployment controller; a pod is a process, which ends as a kubelet ends it:
taken from its Service, preStop, SIGTERM, and SIGKILL after its grace. A round restarts every Deployment of ${isLong ? 'every service' : 'one service, each in its turn'}, its busiest worker with two pods, and then scales that one in to one pod,
while people command campaigns, albums, projects, meshes and batches. What is counted is counted in the databases, the folders and the broker themselves. The mesh engine is not restarted.

Afterwards the same with a preStop that takes all of a grace of one second, so that no pod hears a SIGTERM: then runs are interrupted, which shows that the counts can tell, and still nothing is lost or doubled.

| figure | |
|---|---:|
${rows.join('')}`;
}
