import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const pausedWithinMs = 5_000;

type Row = { pid: number; parent: number; isZombie: boolean };

/** The ids of all processes that descend from this one, without itself; empty when there is none. */
export async function descendants(pid: number): Promise<number[]> {
  const rows = await processTable();
  const found: number[] = [];
  for (let generation = [pid]; generation.length > 0; ) {
    generation = rows.filter((row) => generation.includes(row.parent)).map((row) => row.pid);
    found.push(...generation);
  }
  return found;
}

/** Resolves when none of these processes runs any more. A zombie counts as gone: it holds neither port nor file. @returns the ids of those that still run after `withinMs`. */
export async function waitUntilGone(pids: readonly number[], withinMs: number): Promise<number[]> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const remaining = await stillRunning(pids);
    if (remaining.length === 0 || Date.now() >= deadline) return remaining;
    await delay(20);
  }
}

/** True while the process runs; a zombie does not. */
export async function isRunning(pid: number): Promise<boolean> {
  return (await stillRunning([pid])).length > 0;
}

/** After SIGSTOP: a thread that runs on another core goes on until it is interrupted. Resolves when none runs any more; elsewhere than on Linux at once. */
export async function untilPaused(pid: number): Promise<void> {
  const deadline = Date.now() + pausedWithinMs;
  while (!(await isPaused(pid)) && Date.now() < deadline) await delay(1);
}

async function isPaused(pid: number): Promise<boolean> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  const states = await Promise.all(threads.map((thread) => stateFromProc(`${pid}/task/${thread}`)));
  return states.every((state) => state === undefined || state === 'T');
}

async function stillRunning(pids: readonly number[]): Promise<number[]> {
  const candidates = pids.filter(answersSignal);
  if (candidates.length === 0) return [];
  const rows = process.platform === 'linux' ? await rowsFromProc(candidates) : await tableFromPs();
  return candidates.filter((pid) => rows.some((row) => row.pid === pid && !row.isZombie));
}

function answersSignal(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function processTable(): Promise<Row[]> {
  return process.platform === 'linux' ? tableFromProc() : tableFromPs();
}

async function tableFromProc(): Promise<Row[]> {
  const pids = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry));
  return rowsFromProc(pids.map(Number));
}

async function rowsFromProc(pids: readonly number[]): Promise<Row[]> {
  const rows = await Promise.all(pids.map(rowFromProc));
  return rows.filter((row) => row !== undefined);
}

async function rowFromProc(pid: number): Promise<Row | undefined> {
  const fields = await statFromProc(`${pid}`);
  return fields && { pid, parent: Number(fields[1]), isZombie: fields[0] === 'Z' };
}

const stateFromProc = async (place: string) => (await statFromProc(place))?.[0];

/** The fields behind the command's name, which stands in parentheses and may hold anything, parentheses included. */
async function statFromProc(place: string): Promise<string[] | undefined> {
  const stat = await readFile(`/proc/${place}/stat`, 'utf8').catch(() => undefined);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
}

async function tableFromPs(): Promise<Row[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=,stat=']);
  return stdout
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .map(([pid, parent, state]) => ({
      pid: Number(pid),
      parent: Number(parent),
      isZombie: state?.startsWith('Z') ?? false,
    }));
}
