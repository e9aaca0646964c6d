import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isRunning } from './process-tree.ts';
import type { Reporter } from './program.ts';

const pollMs = 500;
// Between making the directory and writing its owner into it only a moment passes, unless the owner died right there.
const ownerlessMs = 5_000;

/** Runs the work while no other process on this machine runs work under the same lock; a lock whose owner is dead is taken over. */
export async function underInstallLock<Result>(
  lock: string,
  report: Reporter,
  work: () => Promise<Result>,
): Promise<Result> {
  await take(lock, report);
  try {
    return await work();
  } finally {
    await rm(lock, { recursive: true, force: true });
  }
}

async function take(lock: string, report: Reporter): Promise<void> {
  await mkdir(dirname(lock), { recursive: true });
  let isTold = false;
  while (!(await made(lock))) {
    if (await isStale(lock)) {
      await remove(lock);
      continue;
    }
    if (!isTold) report(`another process is installing this (${lock}); waiting for it`);
    isTold = true;
    await delay(pollMs);
  }
}

async function made(lock: string): Promise<boolean> {
  try {
    await mkdir(lock);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
  await writeFile(join(lock, 'pid'), `${process.pid}\n`);
  return true;
}

async function isStale(lock: string): Promise<boolean> {
  const owner = Number(await readFile(join(lock, 'pid'), 'utf8').catch(() => ''));
  if (owner > 0) return !(await isRunning(owner));
  const found = await stat(lock).catch(() => undefined);
  return found !== undefined && Date.now() - found.mtimeMs > ownerlessMs;
}

/** Renamed first: of two processes that find the same stale lock only one succeeds, so neither removes the other's new one. */
async function remove(lock: string): Promise<void> {
  const aside = `${lock}.stale-${process.pid}`;
  const moved = await rename(lock, aside).then(
    () => true,
    () => false,
  );
  if (moved) await rm(aside, { recursive: true, force: true });
}
