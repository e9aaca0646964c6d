import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { stackConfig } from './config.ts';
import { startGuarded } from './guarded-process.ts';
import { underInstallLock } from './install-lock.ts';
import type { Program, Reporter } from './program.ts';
import { isExecutable, onSearchPath } from './program.ts';

const progressEveryMs = 10_000;
const shownLines = 20;

/** How a program is built from a registry. */
export type Installation = {
  title: string;
  /** Folder in the cache: `<component>/<version>`. */
  folder: string;
  binary: string;
  /** What has to be on PATH, and what to do when it is not. */
  tool: string;
  remedy: string;
  /** How long it takes, for a person who waits: `about 8 minutes`. */
  usually: string;
  /** What to run; it leaves the binary in `<target>/bin`. */
  step(target: string): { args: string[]; env?: Record<string, string>; cwd?: string };
};

/** The built program from the cache; builds it on the first use of this machine. A build that is killed leaves nothing half. @throws with the remedy, or with the build's last lines. */
export async function installed(installation: Installation, report: Reporter): Promise<Program> {
  const directory = join(stackConfig.cacheDirectory(), installation.folder);
  const program = { path: join(directory, 'bin', installation.binary), kind: 'built' };
  if (await isExecutable(program.path)) return program;

  await underInstallLock(`${directory}.lock`, report, async () => {
    // Whoever held the lock before may just have built it.
    if (!(await isExecutable(program.path))) await build(installation, directory, report);
  });
  return program;
}

async function build(installation: Installation, directory: string, report: Reporter): Promise<void> {
  const command = await onSearchPath(installation.tool);
  if (!command)
    throw new Error(
      `${installation.title} is not installed and ${installation.tool}, which would build it, is not on PATH; ${installation.remedy}`,
    );

  await mkdir(dirname(directory), { recursive: true });
  const target = await mkdtemp(`${directory}.building-`);
  try {
    const { args, env, cwd } = installation.step(target);
    await runStep(
      `building ${installation.title}`,
      installation.usually,
      { command, args, env: { ...stackConfig.environment(), ...env }, cwd: cwd ?? target, logFile: `${directory}.log` },
      report,
    );
    await rm(directory, { recursive: true, force: true });
    await rename(target, directory);
  } finally {
    await rm(target, { recursive: true, force: true });
  }
}

/** Runs one program to its end and tells every 10 s that it still runs. @throws with the last lines of its log when it fails. */
export async function runStep(
  what: string,
  usually: string,
  launch: Parameters<typeof startGuarded>[0],
  report: Reporter,
): Promise<void> {
  const startedAt = Date.now();
  report(`${what} (${usually}, once on this machine; log: ${launch.logFile})`);
  const step = await startGuarded(launch);
  const ticker = setInterval(
    () => report(`${what}: ${Math.round((Date.now() - startedAt) / 1000)} s (${usually})`),
    progressEveryMs,
  );
  try {
    const reason = await step.ended;
    if (reason !== 'exit code 0')
      throw new Error(
        `${what} failed with ${reason}; log ${launch.logFile} ends with:\n${await lastLines(launch.logFile)}`,
      );
    report(`${what}: done after ${Math.round((Date.now() - startedAt) / 1000)} s`);
  } finally {
    clearInterval(ticker);
  }
}

/** The end of a log, indented; `(empty)` when there is nothing in it. */
export async function lastLines(logFile: string): Promise<string> {
  const text = await readFile(logFile, 'utf8').catch(() => '');
  const lines = text.trimEnd().split('\n').slice(-shownLines);
  return text.trim() === '' ? '  (empty)' : lines.map((line) => `  ${line}`).join('\n');
}
