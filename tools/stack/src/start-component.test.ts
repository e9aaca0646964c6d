import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '@millrace/testkit';
import { MongoClient } from 'mongodb';
import type { ComponentName } from './component-table.ts';
import { componentNames } from './component-table.ts';
import { isDockerThere } from './docker.ts';
import { freePort, isPortFree } from './free-port.ts';
import { isRunning, waitUntilGone } from './process-tree.ts';
import type { RunningComponent } from './start-component.ts';
import { startComponent } from './start-component.ts';

let directory: string;
let started: RunningComponent[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millrace-stack-'));
  started = [];
});

afterEach(async () => {
  for (const component of started) {
    await component.kill();
    await component.wipe();
  }
  await rm(directory, { recursive: true, force: true });
});

const whereverItRuns = [
  { where: 'as local processes', launch: 'processes', suite: describe },
  // needs a container daemon
  { where: 'in a container', launch: 'container', suite: (await isDockerThere()) ? describe : describe.skip },
] as const;

for (const { where, launch, suite } of whereverItRuns) {
  suite(where, () => {
    test.each(componentNames)(
      '%s starts again on the same ports after kill -9, also with its data deleted',
      async (name) => {
        const component = await start(name, { launch });
        const { url, pid, ports } = component;

        await component.kill('SIGKILL');
        const isFreeAfterKill = await allFree(ports);
        await component.start();
        const revivedPid = component.pid;
        await component.kill('SIGKILL');
        await component.wipe();
        await component.start();

        expect(isFreeAfterKill).toBe(true);
        expect(component.url).toBe(url);
        expect(new Set([pid, revivedPid, component.pid]).size).toBe(3);
        expect(component.isRunning()).toBe(true);
      },
    );

    test('data stays over kill -9 and is gone after a wipe', async () => {
      const component = await start('mongodb', { launch });
      await insert(component.url, 'kept');

      await component.kill('SIGKILL');
      await component.start();
      const afterKill = await names(component.url);
      await component.kill('SIGKILL');
      await component.wipe();
      await component.start();

      expect(afterKill).toEqual(['kept']);
      await expect(names(component.url)).resolves.toEqual([]);
    });
  });
}

test.each(componentNames)(
  '%s stops gracefully, twice without harm, and leaves no process and no open port',
  async (name) => {
    const component = await start(name);
    const { pid, ports } = component;

    await component.stop();
    await component.stop();

    expect(await isRunning(pid)).toBe(false);
    expect(await allFree(ports)).toBe(true);
    await expect(processesThatName(directory)).resolves.toEqual([]);
  },
);

test('a component that is paused does not answer, and does again when it goes on', async () => {
  const component = await start('nats');

  await component.kill('SIGSTOP');
  const state = await processState(component.pid);
  await component.kill('SIGCONT');
  await component.stop();

  expect(state).toBe('T');
});

test('a port in use is told with its number, the variable and the remedy', async () => {
  const port = await freePort();
  const stranger = createServer().listen(port, '127.0.0.1');
  await once(stranger, 'listening');

  const starting = start('nats', { port });

  await expect(starting).rejects.toThrow(
    `NATS needs port ${port} (client) and another program listens there; stop that program, set FREE_PORTS=1 to take free ports, or set NATS_URL to use what runs there`,
  );
  stranger.close();
});

test('a server that does not start is told with its log and the last lines', async () => {
  const component = await start('nats');
  await component.kill();
  await component.wipe();
  // A file where the server wants its folder.
  await mkdir(join(directory, 'nats', 'data'));
  await writeFile(join(directory, 'nats', 'data', 'jetstream'), '');

  const starting = component.start();

  await expect(starting).rejects.toThrow(
    /NATS ended with exit code 1 before it answered; its log .*nats\.log ends with:\n.*/,
  );
});

test('data is not deleted while the component runs', async () => {
  const component = await start('nats');

  await expect(component.wipe()).rejects.toThrow('can be deleted only after kill() or stop()');
});

test('everything ends when the process that started it is killed', async () => {
  const script = `
    const { startComponent } = await import(${JSON.stringify(join(import.meta.dirname, 'index.ts'))});
    const one = await startComponent('rabbitmq', { directory: ${JSON.stringify(directory)} });
    process.stdout.write(String(one.pid) + ' ' + JSON.stringify(one.ports));
    setInterval(() => {}, 1000);
  `;
  const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [output] = await once(parent.stdout, 'data');
  const [pid, ports] = String(output).split(/ (.*)/, 2) as [string, string];

  parent.kill('SIGKILL');

  await expect(waitUntilGone([Number(pid)], 10_000)).resolves.toEqual([]);
  // The port mapper goes a moment after the server.
  await until(() => allFree(JSON.parse(ports)), { withinMs: 10_000, message: 'all ports are free' });
});

async function start(
  name: ComponentName,
  options: { port?: number; launch?: 'processes' | 'container' } = {},
): Promise<RunningComponent> {
  const component = await startComponent(name, { directory, ...options });
  started.push(component);
  return component;
}

async function allFree(ports: Readonly<Record<string, number>>): Promise<boolean> {
  const answers = await Promise.all(Object.values(ports).map(isPortFree));
  return answers.every(Boolean);
}

async function insert(url: string, name: string): Promise<void> {
  await using client = await new MongoClient(url).connect();
  await client.db('stack').collection('things').insertOne({ name });
}

async function names(url: string): Promise<string[]> {
  await using client = await new MongoClient(url).connect();
  const things = await client.db('stack').collection('things').find().toArray();
  return things.map((thing) => thing['name']);
}

async function processState(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2)[0];
}

/** Command lines of running processes in which the text occurs. */
async function processesThatName(text: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry));
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return lines.filter((line) => line.includes(text));
}
