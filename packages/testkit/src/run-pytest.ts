import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { enginePython } from '@millrace/stack';
import type { Counts } from './closing-line.ts';
import { testkitConfig } from './config.ts';

const root = join(import.meta.dirname, '../../..');
const engine = 'services/mesh-engine';
const reportFile = join(root, '.millrace', `pytest-${process.pid}.xml`);

/** True for a path below the mesh engine, whose tests are pytest's. */
export const isPythonPath = (path: string): boolean => path === engine || path.startsWith(`${engine}/`);

/** Runs the mesh engine's tests, those below the paths or all, on every core. @returns undefined counts when pytest left none. */
export async function runPytest(paths: readonly string[]): Promise<{ exitCode: number; counts: Counts | undefined }> {
  const python = await enginePython((line) => process.stderr.write(`${line}\n`));
  const chosen = paths.map((path) => path.slice(engine.length + 1)).filter(Boolean);
  const child = spawn(python.path, ['-m', 'pytest', '--numprocesses=auto', `--junitxml=${reportFile}`, ...chosen], {
    cwd: join(root, engine),
    stdio: 'inherit',
    env: testkitConfig.environment(),
  });
  const forward = () => child.kill('SIGTERM');
  process.on('SIGTERM', forward);
  const [code] = await once(child, 'exit');
  process.off('SIGTERM', forward);
  return { exitCode: code ?? 1, counts: await takeCounts() };
}

async function takeCounts(): Promise<Counts | undefined> {
  const report = await readFile(reportFile, 'utf8').catch(() => undefined);
  await rm(reportFile, { force: true });
  return report === undefined ? undefined : countsOf(report);
}

/** Counts of a JUnit report, as its `testsuite` element tells them; an error outside a test counts as a failed one. */
export function countsOf(report: string): Counts | undefined {
  const suite = /<testsuite [^>]*>/.exec(report)?.[0];
  if (suite === undefined) return undefined;
  const count = (name: string) => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(suite)?.[1] ?? 0);
  const failed = count('failures') + count('errors');
  const skipped = count('skipped');
  return { passed: count('tests') - failed - skipped, failed, skipped };
}
