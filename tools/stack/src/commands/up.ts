import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import type { ClusterState } from '../cluster-state.ts';
import { millraceDirectory, runningCluster } from '../cluster-state.ts';
import { stackConfig } from '../config.ts';
import { localToken } from '../local-token.ts';
import { consoleRow } from '../service-table.ts';
import type { Message } from './supervise.ts';

const running = await runningCluster();
if (running && !running.isReady) {
  print(`another make up is starting the cluster since ${running.startedAt} (pid ${running.supervisorPid})`);
} else if (running) {
  print(`up since ${running.startedAt}:`);
  await show(running);
} else {
  await startSupervisor();
}

async function startSupervisor(): Promise<void> {
  const outcome = await superviseDetached();
  if ('failed' in outcome) {
    process.stderr.write(`make up: ${outcome.failed}\n`);
    process.exitCode = 1;
    return;
  }
  const state = await runningCluster();
  if (state) await show(state);
}

/** The supervisor outlives this program, in a session of its own; until it is ready it reports here. */
function superviseDetached(): Promise<Exclude<Message, { progress: string }>> {
  mkdirSync(join(millraceDirectory, 'logs'), { recursive: true });
  const log = openSync(join(millraceDirectory, 'logs', 'cluster.log'), 'a');
  const child = spawn(process.execPath, [join(import.meta.dirname, 'supervise.ts')], {
    detached: true,
    stdio: ['ignore', log, log, 'ipc'],
    env: stackConfig.environment(),
  });
  closeSync(log);
  process.once('SIGINT', () => child.kill('SIGTERM'));

  return new Promise((resolve) => {
    child.on('message', (message: Message) => {
      if ('progress' in message) return print(`  ${message.progress}`);
      child.disconnect();
      child.unref();
      return resolve(message);
    });
    child.once('exit', (code, signal) =>
      resolve({
        failed: `the supervisor ended (${signal ?? code}); see ${join(millraceDirectory, 'logs', 'cluster.log')}`,
      }),
    );
  });
}

async function show(state: ClusterState): Promise<void> {
  const width = Math.max(...state.parts.map((part) => part.name.length));
  for (const part of state.parts) print(`  ${part.name.padEnd(width)}  ${part.url}  (pid ${part.pid})`);
  print(`logs: ${join(millraceDirectory, 'logs')}`);
  const console = state.parts.find(({ name }) => name === consoleRow.name);
  if (console) print(`console: ${console.url}`);
  print(`admin token: ${await localToken('admin', 'admin').catch((error: unknown) => `none (${error})`)}`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
