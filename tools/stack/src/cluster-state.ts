import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stackConfig } from './config.ts';
import { repositoryRoot } from './node-process.ts';
import { isRunning } from './process-tree.ts';

/** Everything that a cluster keeps on this machine. */
export const millraceDirectory: string = stackConfig.clusterDirectory(repositoryRoot);

const stateFile = join(millraceDirectory, 'cluster.json');

/** What runs in a cluster, as others on this machine read it. */
export type ClusterState = {
  /** The process that keeps the rest alive; ending it by SIGTERM ends the cluster. */
  supervisorPid: number;
  startedAt: string;
  /** False while the first parts are still starting. */
  isReady: boolean;
  parts: readonly { name: string; url: string; pid: number; log: string }[];
  /** The variables by which programs find the parts: AMQP_URL, CAMPAIGN_URL … */
  env: Readonly<Record<string, string>>;
};

/** The cluster that `make up` started and that still runs; undefined when there is none. */
export async function runningCluster(): Promise<ClusterState | undefined> {
  const state = readState();
  return state && (await isRunning(state.supervisorPid)) ? state : undefined;
}

/** Replaces the state as a whole: a reader never sees half of it. */
export function writeState(state: ClusterState): void {
  mkdirSync(millraceDirectory, { recursive: true });
  const temporary = `${stateFile}.${process.pid}`;
  writeFileSync(temporary, `${JSON.stringify(state, undefined, 2)}\n`);
  renameSync(temporary, stateFile);
}

/** Forgets the cluster; nothing happens when none is remembered. */
export function removeState(): void {
  rmSync(stateFile, { force: true });
}

function readState(): ClusterState | undefined {
  try {
    return JSON.parse(readFileSync(stateFile, 'utf8'));
  } catch {
    return undefined;
  }
}
