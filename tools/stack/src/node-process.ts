import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { GuardedProcess } from './guarded-process.ts';
import { startGuarded } from './guarded-process.ts';
import { lastLines } from './installation.ts';

const readyWithinMs = 60_000;
const probePauseMs = 50;
const answerWithinMs = 2_000;

/** The root of this checkout. */
export const repositoryRoot: string = join(import.meta.dirname, '../../..');

type ProcessOptions = { port: number; env: NodeJS.ProcessEnv; logFile: string };

/** A program of this repository that serves HTTP. */
export type NodeProcess = GuardedProcess & { readonly url: string };

/** Starts `services/<name>` as production does, tracing hook included, and resolves when `/readyz` says 200. @throws with the last lines of its log when it ends first or is not ready within 60 s. */
export async function startServiceProcess(name: string, { port, env, logFile }: ProcessOptions): Promise<NodeProcess> {
  const cwd = join(repositoryRoot, 'services', name);
  const args = ['--import', '@millrace/service/register', 'src/main.ts'];
  return startUntilReady(name, '/readyz', { args, cwd, port, logFile, env: { ...env, PORT: `${port}` } });
}

/** Starts a simulator and resolves when it answers anything. */
export async function startSimulatorProcess(
  name: string,
  { port, doorPort, env, logFile }: ProcessOptions & { doorPort?: number | undefined },
): Promise<NodeProcess> {
  const cwd = join(repositoryRoot, 'tools/simulators');
  const door = doorPort === undefined ? [] : ['--door-port', `${doorPort}`];
  const args = ['src/main.ts', name, '--port', `${port}`, ...door];
  return startUntilReady(name, '/', { args, cwd, port, logFile, env });
}

async function startUntilReady(
  name: string,
  path: string,
  options: ProcessOptions & { args: string[]; cwd: string },
): Promise<NodeProcess> {
  const { args, cwd, env, logFile, port } = options;
  await mkdir(dirname(logFile), { recursive: true });
  const child = await startGuarded({ command: process.execPath, args, cwd, env, logFile });
  const url = `http://127.0.0.1:${port}`;
  const refusal = await untilReady(child, `${url}${path}`, path === '/readyz');
  if (!refusal) return { ...child, url };

  await child.kill();
  throw new Error(`${name} ${refusal}; its log ${logFile} ends with:\n${await lastLines(logFile)}`);
}

/** @returns what went wrong; nothing when it is ready. */
async function untilReady(child: GuardedProcess, url: string, mustBeOk: boolean): Promise<string | undefined> {
  const deadline = Date.now() + readyWithinMs;
  let last = 'no answer';
  while (Date.now() < deadline) {
    if (child.hasEnded()) return `ended with ${await child.ended} before it was ready`;
    const answer = await answerOf(url);
    if (answer.isOk || (answer.isThere && !mustBeOk)) return undefined;
    last = answer.text;
    await delay(probePauseMs);
  }
  return `was not ready within ${readyWithinMs / 1000} s (${last})`;
}

async function answerOf(url: string): Promise<{ isThere: boolean; isOk: boolean; text: string }> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(answerWithinMs) });
    return { isThere: true, isOk: response.ok, text: `${response.status} ${await response.text()}` };
  } catch (error) {
    return { isThere: false, isOk: false, text: String(error) };
  }
}
