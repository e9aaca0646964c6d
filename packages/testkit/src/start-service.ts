import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { GuardedProcess } from '@millrace/stack';
import { freePort, lastLines, startGuarded } from '@millrace/stack';
import { afterFile } from './after-file.ts';
import { testkitConfig } from './config.ts';
import { runDirectory } from './run-directory.ts';
import { until } from './until.ts';

const readyWithinMs = 40_000;
const root = join(import.meta.dirname, '../../..');

export type Role = 'member' | 'viewer' | 'operator' | 'admin';

/** A service of this repository as a process of its own. */
export type RunningService = {
  readonly url: string;
  readonly pid: number;
  /** Resolves when the process is gone: at once by SIGKILL (default), after its drain by SIGTERM; SIGSTOP and SIGCONT only send. */
  kill(signal?: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP' | 'SIGCONT'): Promise<void>;
  isRunning(): boolean;
  /** Everything that it has written so far. */
  logs(): Promise<string>;
  /** A token that it accepts; `sub` is the user, a fresh one by default. */
  token(role: Role, sub?: string): Promise<string>;
};

/** Starts `services/<name>` with the variables of this run and the given ones on top, on a free port, and resolves when it is ready. Ended after the test file. @throws with the last lines of its log when it does not become ready within 40 s. */
export async function startService(name: string, env: Readonly<Record<string, string>> = {}): Promise<RunningService> {
  const port = Number(env['PORT'] ?? (await freePort()));
  const url = `http://127.0.0.1:${port}`;
  const logFile = await newLogFile(name);
  const child = await startGuarded({
    command: process.execPath,
    args: ['--import', '@millrace/service/register', 'src/main.ts'],
    cwd: serviceDirectory(name),
    env: { ...testkitConfig.environment(), ...env, PORT: `${port}` },
    logFile,
  });
  afterFile(() => child.kill());
  await untilReady(name, url, child, logFile);
  return {
    url,
    pid: child.pid,
    kill: (signal = 'SIGKILL') => end(child, signal),
    isRunning: () => !child.hasEnded(),
    logs: () => readFile(logFile, 'utf8'),
    token,
  };
}

async function token(role: Role, sub: string = randomUUID()): Promise<string> {
  // Only here: most test files need no token, and the whole service kit hangs on this import.
  const { mintLocalToken } = await import('@millrace/service');
  return mintLocalToken({ role, sub });
}

function serviceDirectory(name: string): string {
  const directory = join(root, 'services', name);
  if (!existsSync(join(directory, 'src/main.ts'))) throw new Error(`there is no service ${name}: ${directory}/src/main.ts does not exist`);
  return directory;
}

async function newLogFile(name: string): Promise<string> {
  const directory = join(runDirectory(), 'services');
  await mkdir(directory, { recursive: true });
  return join(directory, `${name}-${randomUUID()}.log`);
}

async function untilReady(name: string, url: string, child: GuardedProcess, logFile: string): Promise<void> {
  const isReady = async () => child.hasEnded() || (await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2_000) })).ok;
  const failure = await until(isReady, { withinMs: readyWithinMs, message: `${name} is ready` }).then(
    () => (child.hasEnded() ? 'it ended' : undefined),
    (error: unknown) => error,
  );
  if (!failure) return;
  await child.kill();
  throw new Error(`service ${name} did not become ready (${failure}); its log ends with:\n${await lastLines(logFile)}`, { cause: failure });
}

async function end(child: GuardedProcess, signal: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP' | 'SIGCONT'): Promise<void> {
  if (signal === 'SIGKILL') await child.kill();
  else if (signal === 'SIGTERM') await child.stop();
  else child.signal(signal);
}
