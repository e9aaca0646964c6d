import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises'; // waits: between two kills the replacement comes up
import { fileURLToPath } from 'node:url';
import { until } from '@millrace/testkit';
import { done } from '../define/outcome.ts';
import { jobsWorld, type World } from '../under-test/jobs-under-test.ts';
import { testJob } from '../under-test/test-job.ts';

const program = fileURLToPath(new URL('replica-under-test.ts', import.meta.url));
const REPLICAS = 6;
const TICKS = 20;
const KILL_EVERY_MS = 2_000;

let world: World;
let replicas: ChildProcess[] = [];
beforeEach(async () => {
  world = await jobsWorld();
});
afterEach(async () => {
  await Promise.all(replicas.map(kill));
  await world.end();
});

test('six replicas that are killed in turn double no tick and miss none', async () => {
  const effects: string[] = [];
  const performer = await world.start(
    [
      testJob('order.tick', async ({ jobId }) => {
        effects.push(jobId);
        return done();
      }),
    ],
    { role: 'worker' },
  );
  replicas = Array.from({ length: REPLICAS }, startReplica);
  await until(() => effects.length > 0, { withinMs: 30_000, message: 'the first tick' });

  let kills = 0;
  const stop = new AbortController();
  const killing = killInTurn(stop.signal, () => kills++);
  await until(() => effects.length >= TICKS, { withinMs: 60_000, message: 'all ticks' });
  stop.abort();
  await killing;
  await Promise.all(replicas.map(kill));
  await until(async () => (await performer.counts()).completed === (await world.collections.jobs.countDocuments()));

  const records = await world.collections.jobs.find({}).sort({ _id: 1 }).toArray();
  const ticks = records.map(({ meta }) => Date.parse(String(meta['tick'])));
  const lateness = records
    .map(({ createdAt }, index) => createdAt.getTime() - (ticks[index] ?? 0))
    .toSorted((a, b) => a - b);
  const expected = ((ticks.at(-1) ?? 0) - (ticks[0] ?? 0)) / 1_000 + 1;
  const [doubled, missed] = [effects.length - new Set(effects).size, expected - ticks.length];
  const p99Ms = lateness[Math.floor((lateness.length - 1) * 0.99)];
  process.stdout.write(
    `T14 cron: duplicate ticks ${doubled} [0], missed ticks ${missed} [0], of ${expected} with ${kills} kills; lateness p50 ${lateness[Math.floor(lateness.length / 2)]} ms, p99 ${p99Ms} ms\n`,
  );
  expect({ doubled, missed }).toEqual({ doubled: 0, missed: 0 });
  expect(kills).toBeGreaterThan(3);
}, 120_000);

function startReplica(): ChildProcess {
  const { service, databaseName, mongodbUri, amqpUrl } = world;
  return spawn(process.execPath, [program, JSON.stringify({ service, databaseName, mongodbUri, amqpUrl })], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

async function killInTurn(signal: AbortSignal, onKill: () => void): Promise<void> {
  for (let turn = 0; !signal.aborted; turn++) {
    await delay(KILL_EVERY_MS, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    const index = turn % REPLICAS;
    await kill(replicas[index] as ChildProcess);
    onKill();
    replicas[index] = startReplica();
  }
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}
