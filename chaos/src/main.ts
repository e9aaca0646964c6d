import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chaosConfig } from './config.ts';
import { hostileInput } from './hostile/hostile.ts';
import { endSharedComponents, measuredTests } from './measured-tests.ts';
import { mixedLoad } from './mixed-load.ts';
import { breakageOf, runBroken } from './planted.ts';
import { noteOutcome } from './record.ts';
import { outcomeLines } from './report.ts';
import { componentDeaths } from './runtime/component-deaths.ts';
import { delayLadder } from './runtime/delay-ladder.ts';
import { exactCount } from './runtime/exact-count.ts';
import { brokenOff, type Finding, type Outcome, type Scenario } from './scenario.ts';
import { soak } from './soak/soak.ts';

/** `make chaos`: does harm in every way that the table names, and judges what is left. Ends with 0 when every promise held. */
const { seed, isLong, only, plant } = chaosConfig;
if (plant) process.exit(await runBroken(breakageOf(plant), say));

const scenarios: readonly Scenario[] = [
  mixedLoad,
  hostileInput,
  ...[exactCount, ...componentDeaths, delayLadder, ...measuredTests, soak].toSorted((one, other) =>
    one.name.localeCompare(other.name, 'en', { numeric: true }),
  ),
];
const chosen = scenarios.filter(({ name }) => only.length === 0 || only.includes(name));
if (chosen.length === 0)
  throw new Error(`ONLY is ${only}, but must name some of ${scenarios.map(({ name }) => name).join(', ')}`);
say(`seed ${seed}: SEED=${seed} make chaos repeats what is sent and killed`);
const outcomes: Outcome[] = [];
for (const scenario of chosen) {
  const outcome = await outcomeOf(scenario);
  await noteOutcome(outcome, { seed, isLong });
  for (const line of outcomeLines(outcome)) say(line);
  outcomes.push(outcome);
}
await endSharedComponents();
const held = outcomes.filter(({ faults }) => faults.length === 0);
say(`\n${held.length} of ${outcomes.length} promises held`);
// A component whose process was ended may hold a handle for a while; everything is written.
process.exit(held.length === outcomes.length ? 0 : 1);

async function outcomeOf(scenario: Scenario): Promise<Outcome> {
  const { name, title, promise } = scenario;
  say(`\n${name}: ${title}`);
  const directory = await mkdtemp(join(tmpdir(), 'millrace-chaos-'));
  const startedAt = performance.now();
  const elapsed = () => `${((performance.now() - startedAt) / 1_000).toFixed(0).padStart(4)} s`;
  const finding = await scenario
    .run({ seed, isLong, directory, say: (line) => say(`  ${elapsed()}  ${line}`) })
    .catch((error: unknown): Finding => {
      if (error instanceof Error) say(`${error.stack}`);
      return { figures: {}, faults: [brokenOff(error)] };
    });
  if (finding.faults.length === 0) await rm(directory, { recursive: true, force: true });
  else say(`  logs are kept in ${directory}`);
  return { name, title, promise, ...finding, tookMs: performance.now() - startedAt };
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
