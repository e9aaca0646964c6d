import { removeState, runningCluster } from './cluster-state.ts';
import { waitUntilGone } from './process-tree.ts';

// Longer than a service may drain plus the time that the components need afterwards.
const gracefulMs = 90_000;

/** Stops the cluster that `make up` started, gracefully at first; keeps its data. @returns the ids of what was stopped; empty when nothing was up. */
export async function stopCluster(): Promise<number[]> {
  const state = await runningCluster();
  if (!state) {
    removeState();
    return [];
  }
  const pids = [state.supervisorPid, ...state.parts.map((part) => part.pid)];
  process.kill(state.supervisorPid, 'SIGTERM');
  const remaining = await waitUntilGone([state.supervisorPid], gracefulMs);
  // Its guard then ends everything that it had started.
  for (const pid of remaining) process.kill(pid, 'SIGKILL');
  await waitUntilGone(pids, 10_000);
  removeState();
  return pids;
}
