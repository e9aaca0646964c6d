import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { freePort, type MeshEngineProcess, startMeshEngineProcess } from '@millrace/stack';
import { afterFile } from './after-file.ts';
import { testkitConfig } from './config.ts';
import { runDirectory } from './run-directory.ts';

/** A mesh engine of a test's own, as a real process with real workers. */
export type RunningMeshEngine = {
  /** `host:port`; stays over `kill` and `start`. */
  readonly address: string;
  /** Where it keeps its results, as a folder on this machine; stays too. */
  readonly artifactsUrl: string;
  readonly pid: number;
  /** Resolves when it and its workers are gone: at once by SIGKILL (default), after its drain by SIGTERM; SIGSTOP and SIGCONT only send. */
  kill(signal?: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP' | 'SIGCONT'): Promise<void>;
  /** Starts it again after `kill`, with the same address and results. */
  start(): Promise<void>;
  isRunning(): boolean;
  /** Everything that it has written so far, over all its lives. */
  logs(): Promise<string>;
};

/** Starts the mesh engine on a free port with the given variables on top of this run's, and resolves when it takes jobs. Pictures of this machine may be fetched. Ended after the test file. */
export async function meshEngine(env: Readonly<Record<string, string>> = {}): Promise<RunningMeshEngine> {
  const port = await freePort();
  const id = randomUUID();
  const logFile = join(runDirectory(), 'services', `mesh-engine-${id}.log`);
  const artifactsUrl = env['ARTIFACTS_URL'] ?? pathToFileURL(join(runDirectory(), 'artifacts', id)).href;
  const variables = { IMAGE_FETCH_ALLOW: '127.0.0.0/8', ARTIFACTS_URL: artifactsUrl, ...env };
  const launch = () => startMeshEngineProcess({ port, logFile, env: { ...testkitConfig.environment(), ...variables } });
  let present: MeshEngineProcess = await launch();
  afterFile(() => present.kill());
  return {
    address: present.address,
    artifactsUrl,
    get pid() {
      return present.pid;
    },
    kill: (signal = 'SIGKILL') => end(present, signal),
    start: async () => {
      present = await launch();
    },
    isRunning: () => !present.hasEnded(),
    logs: () => readFile(logFile, 'utf8'),
  };
}

async function end(engine: MeshEngineProcess, signal: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP' | 'SIGCONT'): Promise<void> {
  if (signal === 'SIGKILL') await engine.kill();
  else if (signal === 'SIGTERM') await engine.stop();
  else engine.signal(signal);
}
