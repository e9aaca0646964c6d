import { join } from 'node:path';
import type { Cluster } from '../cluster.ts';
import { startCluster } from '../cluster.ts';
import { millraceDirectory, removeState, writeState } from '../cluster-state.ts';
import { stackConfig } from '../config.ts';

/** What the supervisor tells the `make up` that started it. */
export type Message = { progress: string } | { ready: true } | { failed: string };

const startedAt = new Date().toISOString();
let cluster: Cluster | undefined;
let isReady = false;
let isEnding = false;

process.on('SIGTERM', () => void end()).on('SIGINT', () => void end());
// Whoever started this went away before it was ready: nobody would know of the cluster.
process.on('disconnect', () => void (isReady || end()));

try {
  save();
  cluster = await startCluster({
    directory: join(millraceDirectory, 'components'),
    logDirectory: join(millraceDirectory, 'logs'),
    freePorts: stackConfig.areFreePortsWanted(),
    report,
    onChange: save,
  });
  isReady = true;
  save();
  // Children alone do not keep this process alive, and it has nothing to do until one of them ends.
  setInterval(() => {}, 3_600_000);
  tell({ ready: true });
} catch (error) {
  removeState();
  tell({ failed: error instanceof Error ? error.message : String(error) });
  process.exitCode = 1;
  process.disconnect?.();
}

function report(line: string): void {
  process.stdout.write(`${new Date().toISOString()} ${line}\n`);
  tell({ progress: line });
}

function tell(message: Message): void {
  if (process.connected) process.send?.(message);
}

function save(): void {
  if (isEnding) return;
  const { parts, env } = cluster?.state() ?? { parts: [], env: {} };
  writeState({ supervisorPid: process.pid, startedAt, isReady, parts, env });
}

async function end(): Promise<void> {
  if (isEnding) return;
  isEnding = true;
  report('stopping');
  try {
    await cluster?.stop();
  } finally {
    removeState();
    // What is left, a start under way for example, is ended by the guard.
    process.exit(isReady ? 0 : 1);
  }
}
