import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Resident memory of a process with its threads. @returns NaN when it is gone, or where there is no /proc. */
export async function residentMiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? Number.NaN) / 1_024;
}

/** Files, sockets, pipes and timers that a process holds open. @returns NaN when it is gone, or where there is no /proc. */
export const openHandles = (pid: number): Promise<number> =>
  readdir(`/proc/${pid}/fd`).then(
    (entries) => entries.length,
    () => Number.NaN,
  );

/** What is stored below a folder. What vanishes meanwhile counts nothing. */
export async function storedMiB(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const sizes = await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(async (entry) => {
        // Blocks, because journals are files with holes.
        const { blocks } = await stat(join(entry.parentPath, entry.name)).catch(() => ({ blocks: 0 }));
        return blocks * 512;
      }),
  );
  return sizes.reduce((sum, size) => sum + size, 0) / 2 ** 20;
}
