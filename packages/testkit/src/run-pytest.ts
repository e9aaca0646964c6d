import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { enginePython } from '@millrace/stack';
import { type Counts, minus, plus } from './closing-line.ts';
import { testkitConfig } from './config.ts';

const root = join(import.meta.dirname, '../../..');
const engine = 'services/mesh-engine';
const reportFile = join(root, '.millrace', `pytest-${process.pid}.xml`);

/** True for a path below the mesh engine, whose tests are pytest's. */
export const isPythonPath = (path: string): boolean => path === engine || path.startsWith(`${engine}/`);

/** More red files than these are no accident of a busy machine. */
const mostFilesAgain = 2;

/** What pytest tells of a run: all together, and each file with a red test. */
type Report = { readonly all: Counts; readonly red: ReadonlyMap<string, Counts> };
type Run = { exitCode: number; counts: Counts | undefined };

/**
 * Runs the mesh engine's tests, those below the paths or all, on every core. Up to two files that are red in a run of more run once
 * more, without neighbours, and their second result counts; both are printed. @returns undefined counts when pytest left none.
 */
export async function runPytest(paths: readonly string[]): Promise<Run> {
  const chosen = paths.map((path) => path.slice(engine.length + 1)).filter(Boolean);
  const { exitCode, report } = await pytest(['--numprocesses=auto', ...chosen]);
  if (!report || report.red.size === 0 || report.red.size > mostFilesAgain) return { exitCode, counts: report?.all };
  const files = [...report.red.keys()];
  process.stdout.write(`\n${files.length} red, run again alone:\n  ${files.join('\n  ')}\n`);
  const second = await pytest(files);
  if (!second.report) return { exitCode: second.exitCode, counts: undefined };
  const green = [...report.red.values()].reduce(minus, report.all);
  return { exitCode: second.exitCode, counts: plus(green, second.report.all) };
}

async function pytest(args: readonly string[]): Promise<{ exitCode: number; report: Report | undefined }> {
  const python = await enginePython((line) => process.stderr.write(`${line}\n`));
  const child = spawn(python.path, ['-m', 'pytest', `--junitxml=${reportFile}`, ...args], {
    cwd: join(root, engine),
    stdio: 'inherit',
    env: testkitConfig.environment(),
  });
  const forward = () => child.kill('SIGTERM');
  process.on('SIGTERM', forward);
  const [code] = await once(child, 'exit');
  process.off('SIGTERM', forward);
  return { exitCode: code ?? 1, report: await takeReport() };
}

async function takeReport(): Promise<Report | undefined> {
  const report = await readFile(reportFile, 'utf8').catch(() => undefined);
  await rm(reportFile, { force: true });
  const all = report === undefined ? undefined : countsOf(report);
  return all && { all, red: redFilesOf(report ?? '') };
}

/** The files with a red test, and what all of their tests came to. */
export function redFilesOf(report: string): Map<string, Counts> {
  const files = new Map<string, Counts>();
  for (const test of report.split('<testcase ').slice(1)) {
    const file = `${/classname="([\w.]+)"/.exec(test)?.[1]?.replaceAll('.', '/')}.py`;
    const counts = files.get(file) ?? { passed: 0, failed: 0, skipped: 0 };
    const end = /<(?:failure|error)\b/.test(test) ? 'failed' : /<skipped\b/.test(test) ? 'skipped' : 'passed';
    files.set(file, { ...counts, [end]: counts[end] + 1 });
  }
  return new Map([...files].filter(([, { failed }]) => failed > 0));
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
