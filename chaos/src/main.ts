import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chaosConfig } from './config.ts';
import { measuredTests } from './measured-tests.ts';
import { mixedLoad } from './mixed-load.ts';
import { outcomeLines, writeReport } from './report.ts';
import { componentDeaths } from './runtime/component-deaths.ts';
import { delayLadder } from './runtime/delay-ladder.ts';
import { exactCount } from './runtime/exact-count.ts';
import type { Outcome, Scenario } from './scenario.ts';

/** `make chaos`: does harm in every way that the table names, and judges what is left. Ends with 0 when every promise held. */
const scenarios: readonly Scenario[] = [mixedLoad, exactCount, ...componentDeaths, delayLadder, ...measuredTests];

const { seed, isLong, only } = chaosConfig;
const chosen = scenarios.filter(({ name }) => only.length === 0 || only.includes(name));
say(`seed ${seed}: SEED=${seed} make chaos repeats what is sent and killed`);
const outcomes: Outcome[] = [];
for (const scenario of chosen) outcomes.push(await outcomeOf(scenario));
if (only.length === 0 && !chaosConfig.plant) await writeReport(outcomes, { seed, isLong });
for (const outcome of outcomes) for (const line of outcomeLines(outcome)) say(line);
const broken = outcomes.filter(({ faults }) => faults.length > 0);
say(`${outcomes.length - broken.length} of ${outcomes.length} promises held`);
// A component whose process was ended may hold a handle for a while; everything is written.
process.exit(broken.length > 0 ? 1 : 0);

async function outcomeOf(scenario: Scenario): Promise<Outcome> {
  const { name, title, promise } = scenario;
  say(`\n${name}: ${title}`);
  const directory = await mkdtemp(join(tmpdir(), 'millrace-chaos-'));
  const startedAt = performance.now();
  const elapsed = () => `${((performance.now() - startedAt) / 1_000).toFixed(0).padStart(4)} s`;
  const finding = await scenario
    .run({ seed, isLong, directory, say: (line) => say(`  ${elapsed()}  ${line}`) })
    .catch((error: unknown) => ({
      figures: {},
      faults: [`it broke off: ${error instanceof Error ? error.stack : error}`],
    }));
  if (finding.faults.length === 0) await rm(directory, { recursive: true, force: true });
  else say(`  logs are kept in ${directory}`);
  return { name, title, promise, ...finding, tookMs: performance.now() - startedAt };
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
