import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** All services at once on two cores. */
const collectedWithinMs = 1_500;

/** What services are started with so that they can be asked for their {@link liveMemory}. */
export async function environmentFor(folder: string): Promise<Record<string, string>> {
  await mkdir(folder, { recursive: true });
  const reporter = new URL('report-live-memory.ts', import.meta.url);
  reporter.searchParams.set('folder', folder);
  return { NODE_OPTIONS: `--import=${reporter.href}` };
}

/**
 * What processes hold after a collection, MiB by process id: heap and what lies beside it. What is resident tells of
 * no leak: V8 leaves garbage lying for minutes while there is room, and what an allocator has once had it keeps.
 */
export async function liveMemory(folder: string, pids: readonly number[]): Promise<ReadonlyMap<number, number>> {
  for (const pid of pids) process.kill(pid, 'SIGUSR2');
  await delay(collectedWithinMs);
  const read = async (pid: number) =>
    [pid, Number(await readFile(join(folder, String(pid)), 'utf8').catch(() => Number.NaN))] as const;
  return new Map(await Promise.all(pids.map(read)));
}
