import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { NodeProcess, Role } from '@millrace/stack';
import { freePort, localToken, startServiceProcess, untilPaused } from '@millrace/stack';
import { afterFile } from './after-file.ts';
import { testkitConfig } from './config.ts';
import { runDirectory } from './run-directory.ts';

/** A service of this repository as a process of its own. */
export type RunningService = {
  readonly url: string;
  readonly pid: number;
  /** Resolves when the process is gone: at once by SIGKILL (default), after its drain by SIGTERM; by SIGSTOP when it does nothing any more; SIGCONT only sends. */
  kill(signal?: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP' | 'SIGCONT'): Promise<void>;
  isRunning(): boolean;
  /** Everything that it has written so far. */
  logs(): Promise<string>;
  /** A token that it accepts; `sub` is the user, a fresh one by default. */
  token(role: Role, sub?: string): Promise<string>;
};

/** Starts `services/<name>` with the variables of this run and the given ones on top, on a free port, and resolves when it is ready. Ended after the test file. @throws with the last lines of its log when it does not become ready within 60 s. */
export async function startService(name: string, env: Readonly<Record<string, string>> = {}): Promise<RunningService> {
  const port = Number(env['PORT'] ?? (await freePort()));
  const logFile = join(runDirectory(), 'services', `${name}-${randomUUID()}.log`);
  const child = await startServiceProcess(name, { port, env: { ...testkitConfig.environment(), ...env }, logFile });
  afterFile(() => child.kill());
  return {
    url: child.url,
    pid: child.pid,
    kill: (signal = 'SIGKILL') => end(child, signal),
    isRunning: () => !child.hasEnded(),
    logs: () => readFile(logFile, 'utf8'),
    token: (role, sub = randomUUID()) => localToken(role, sub),
  };
}

async function end(child: NodeProcess, signal: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP' | 'SIGCONT'): Promise<void> {
  if (signal === 'SIGKILL') await child.kill();
  else if (signal === 'SIGTERM') await child.stop();
  else child.signal(signal);
  if (signal === 'SIGSTOP') await untilPaused(child.pid);
}
