import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { until } from '@millrace/testkit';
import type { ClusterState } from '../cluster-state.ts';
import { isRunning } from '../process-tree.ts';

const run = promisify(execFile);

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millrace-up-'));
});

afterAll(async () => {
  await command('down');
  await rm(directory, { recursive: true, force: true });
});

test('a cluster comes up, says so when asked again, starts what was killed, and goes down without a trace', async () => {
  const up = await command('up');
  const first = await state();
  const again = await command('up');
  const nats = partNamed(first, 'nats');
  process.kill(nats.pid, 'SIGKILL');
  const revived = await natsWithOtherPid(nats.pid);
  const last = await state();
  const down = await command('down');

  for (const part of first.parts) expect(up).toContain(part.url);
  expect(up).toMatch(/admin token: eyJ/);
  expect(again).toMatch(/^up since /);
  expect(revived.url).toBe(nats.url);
  expect(down).toBe(`stopped ${first.parts.length + 1} processes; the data stays (make clean deletes it)\n`);
  const pids = [last.supervisorPid, ...first.parts.map((part) => part.pid), ...last.parts.map((part) => part.pid)];
  expect(await Promise.all(pids.map(isRunning))).toEqual(pids.map(() => false));
  await expect(command('down')).resolves.toBe('nothing is up\n');
}, 180_000);

/** Runs one of the commands on a cluster of this test's own. */
async function command(name: 'up' | 'down'): Promise<string> {
  const { stdout } = await run(process.execPath, [join(import.meta.dirname, `${name}.ts`)], {
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      FREE_PORTS: '1',
      MILLRACE_DIRECTORY: directory,
      AUTH_LOCAL_KEY_FILE: join(directory, 'key.json'),
    },
  });
  return stdout;
}

async function state(): Promise<ClusterState> {
  return JSON.parse(await readFile(join(directory, 'cluster.json'), 'utf8'));
}

function partNamed(cluster: ClusterState, name: string): ClusterState['parts'][number] {
  const found = cluster.parts.find((part) => part.name === name);
  if (!found) throw new Error(`no ${name} among ${cluster.parts.map((part) => part.name)}`);
  return found;
}

function natsWithOtherPid(pid: number): Promise<ClusterState['parts'][number]> {
  const revived = async () => {
    const nats = partNamed(await state(), 'nats');
    return nats.pid !== pid && nats;
  };
  return until(revived, { withinMs: 20_000, message: 'nats runs as another process' });
}
