import { execFile } from 'node:child_process';
import { chown, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { debianProgram, freePort, type GuardedProcess, startGuarded } from '@millrace/stack';
import { inherited } from '../config.ts';

/** What the peers keep their jobs in, beside Millrace's own components. */
export type PeerServers = {
  /** Of a Redis that flushes its log once a second. */
  readonly redisPort: number;
  /** Of one that flushes before each answer. */
  readonly redisAlwaysPort: number;
  /** postgresql:// with its usual durability: the log is flushed at each commit. */
  readonly postgresUrl: string;
};

const answersWithinMs = 30_000;
const debianPostgres = '/usr/lib/postgresql';

/** Runs something beside fresh servers, which are ended afterwards. @param directory for their data; removed by its owner. */
export async function withPeerServers<T>(directory: string, run: (servers: PeerServers) => Promise<T>): Promise<T> {
  const started: GuardedProcess[] = [];
  const keep = async <S extends { process: GuardedProcess }>(starting: Promise<S>): Promise<S> => {
    const server = await starting;
    started.push(server.process);
    return server;
  };
  // Beside the others, in which only their owner may look.
  const ofPostgres = await mkdtemp(join(tmpdir(), 'millrace-postgres-'));
  try {
    const redis = await keep(startRedis(join(directory, 'redis'), 'everysec'));
    const always = await keep(startRedis(join(directory, 'redis-always'), 'always'));
    const postgres = await keep(startPostgres(ofPostgres));
    return await run({ redisPort: redis.port, redisAlwaysPort: always.port, postgresUrl: postgres.url });
  } finally {
    await Promise.all(started.map((one) => one.stop()));
    await rm(ofPostgres, { recursive: true, force: true });
  }
}

async function startRedis(directory: string, flushed: 'everysec' | 'always') {
  const command = await found('redis-server', 'redis-server');
  await mkdir(directory, { recursive: true });
  const port = await freePort();
  const settings = { port, bind: '127.0.0.1', dir: directory, appendonly: 'yes', appendfsync: flushed, save: '' };
  // BullMQ refuses a Redis that may forget keys when it is full.
  const args = Object.entries({ ...settings, 'maxmemory-policy': 'noeviction' }).flatMap(([name, value]) => [
    `--${name}`,
    String(value),
  ]);
  const launch = { command, args, env: inherited(), cwd: directory, logFile: join(directory, 'redis.log') };
  return { process: await listening(await startGuarded(launch), port), port };
}

async function startPostgres(directory: string) {
  const binaries = await postgresBinaries();
  const data = join(directory, 'data');
  await mkdir(data, { recursive: true });
  const port = await freePort();
  const common = { env: inherited(), cwd: directory, logFile: join(directory, 'postgres.log') };
  const as = await userOf(directory, data);
  const { command, args } = as([join(binaries, 'initdb'), '-D', data, '-U', 'bench', '--auth=trust']);
  await promisify(execFile)(command, args, { cwd: directory });
  await writeFile(join(data, 'postgresql.auto.conf'), settingsOf(directory, port));
  const process = await startGuarded({ ...common, ...as([join(binaries, 'postgres'), '-D', data]) });
  return { process: await listening(process, port), url: `postgresql://bench@127.0.0.1:${port}/postgres` };
}

async function found(program: string, debianPackage: string): Promise<string> {
  const path = await debianProgram(program, debianPackage, (line) => process.stdout.write(`${line}\n`));
  if (!path) throw new Error(`the bench needs ${program}; install it (apt-get install ${debianPackage}) on PATH`);
  return path;
}

/** Debian keeps them away from PATH, a folder for each version. */
async function postgresBinaries(): Promise<string> {
  const psql = await found('psql', 'postgresql');
  const versions = await readdir(debianPostgres).catch(() => []);
  const newest = versions.toSorted((a, b) => Number(b) - Number(a))[0];
  return newest ? join(debianPostgres, newest, 'bin') : dirname(psql);
}

const settingsOf = (directory: string, port: number): string =>
  `listen_addresses = '127.0.0.1'\nport = ${port}\nunix_socket_directories = '${directory}'\nmax_connections = 100\n`;

/** PostgreSQL refuses to run as root, so it runs as the user whom its package has made. */
async function userOf(...folders: string[]) {
  if (process.getuid?.() !== 0) return ([command = '', ...args]: string[]) => ({ command, args });
  const { uid, gid } = await idsOf('postgres');
  for (const folder of folders) await chown(folder, uid, gid);
  return (args: string[]) => ({
    command: 'setpriv',
    args: [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', ...args],
  });
}

async function idsOf(user: string): Promise<{ uid: number; gid: number }> {
  const row = (await readFile('/etc/passwd', 'utf8')).split('\n').find((line) => line.startsWith(`${user}:`));
  if (!row) throw new Error(`there is no user ${user}, whom the package of PostgreSQL makes`);
  const [, , uid, gid] = row.split(':').map(Number);
  return { uid: uid ?? 0, gid: gid ?? 0 };
}

async function listening(server: GuardedProcess, port: number): Promise<GuardedProcess> {
  const deadline = Date.now() + answersWithinMs;
  while (!(await answers(port))) {
    if (server.hasEnded()) throw new Error(`a server of the bench ended with ${await server.ended}`);
    if (Date.now() > deadline) throw new Error(`no server of the bench listens on port ${port}`);
    await delay(50);
  }
  return server;
}

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
