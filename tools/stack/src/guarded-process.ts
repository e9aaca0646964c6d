import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { descendants, waitUntilGone } from './process-tree.ts';
import { watchdog } from './watchdog.ts';

const gracefulStopMs = 20_000;
const remainsMs = 5_000;

/** How a program is started. */
export type Launch = {
  command: string;
  args: readonly string[];
  env: NodeJS.ProcessEnv;
  cwd: string;
  /** Both output streams are appended here. */
  logFile: string;
};

/** A running program in a process group of its own that never outlives the process which started it. */
export type GuardedProcess = {
  readonly pid: number;
  /** Resolves with the reason when the program has ended: `exit code 1`, `signal SIGKILL`. */
  readonly ended: Promise<string>;
  hasEnded(): boolean;
  /** Only sends. A program that has ended is left alone. */
  signal(signal: NodeJS.Signals): void;
  /** SIGTERM, after 20 s SIGKILL, to the whole group; resolves when it and everything that it started is gone. */
  stop(): Promise<void>;
  /** The same with SIGKILL at once. */
  kill(): Promise<void>;
};

/** @throws when the program cannot be started at all: `cannot start /usr/bin/x: ENOENT`. */
export async function startGuarded(launch: Launch): Promise<GuardedProcess> {
  const child = await spawned(launch);
  const pid = child.pid as number;
  watchdog.guardGroup(pid);

  let reason: string | undefined;
  const ended = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => {
      watchdog.releaseGroup(pid);
      reason = signal ? `signal ${signal}` : `exit code ${code}`;
      resolve(reason);
    });
  });
  const signal = (name: NodeJS.Signals) => {
    if (reason === undefined) signalGroup(pid, name);
  };
  const kill = async () => {
    child.ref();
    const family = [pid, ...(await descendants(pid))];
    signal('SIGKILL');
    await endRemains(family);
    await ended;
  };
  const stop = async () => {
    child.ref();
    const family = [pid, ...(await descendants(pid))];
    signal('SIGTERM');
    // A program that was stopped by SIGSTOP hears nothing else before this.
    signal('SIGCONT');
    const remaining = await waitUntilGone([pid], gracefulStopMs);
    if (remaining.length > 0) signal('SIGKILL');
    await endRemains(family);
    await ended;
  };
  return { pid, ended, hasEnded: () => reason !== undefined, signal, kill, stop };
}

async function spawned({ command, args, env, cwd, logFile }: Launch): Promise<ChildProcess> {
  const log = openSync(logFile, 'a');
  try {
    const child = spawn(command, args, { env, cwd, detached: true, stdio: ['ignore', log, log] });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    // Whoever started it decides how long to live; a running component alone keeps no process alive.
    child.unref();
    return child;
  } catch (error) {
    throw new Error(`cannot start ${command}: ${(error as NodeJS.ErrnoException).code ?? error}`, { cause: error });
  } finally {
    closeSync(log);
  }
}

/** What a program started may sit in groups of its own and ends a moment later by itself, or not at all. */
async function endRemains(family: readonly number[]): Promise<void> {
  const remaining = await waitUntilGone(family, remainsMs);
  for (const pid of remaining) signalOne(pid, 'SIGKILL');
  await waitUntilGone(remaining, remainsMs);
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  signalOne(-pid, signal);
}

function signalOne(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
