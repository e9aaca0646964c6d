import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Counts, minus, plus } from './closing-line.ts';
import { testkitConfig } from './config.ts';

const root = join(import.meta.dirname, '../../..');
const countsFile = join(root, '.millrace', `counts-${process.pid}.json`);
/** More red files than these are no accident of a busy machine. */
const mostFilesAgain = 3;

/** What the reporter leaves: the counts of the run, and of each file that is red. */
export type JestCounts = { all: Counts; red: readonly { path: string; counts: Counts }[] };

type Run = { exitCode: number; counts: Counts | undefined };

/**
 * Runs the TypeScript tests whose paths match the patterns, or all. Files that kill processes and brokers share the
 * machine with another file; up to three that were red in a run of several run once more, alone, and their second
 * result counts. Both results are printed: a file that needs its second run is still to be mended.
 * @returns undefined counts when jest left none
 */
export async function runJest(patterns: readonly string[]): Promise<Run> {
  const first = await jest(patterns);
  if (!first.counts || !deservesAnotherRun(first.counts)) return { ...first, counts: first.counts?.all };
  const { all, red } = first.counts;
  say(`${red.length} red, run again alone`, red);
  const second = await jest(['--runInBand', '--runTestsByPath', ...red.map(({ path }) => path)]);
  if (!second.counts) return { ...second, counts: undefined };
  say(second.counts.red.length > 0 ? 'red again' : 'green when alone', second.counts.red);
  const green = red.reduce((rest, { counts }) => minus(rest, counts), all);
  return { exitCode: second.exitCode, counts: plus(green, second.counts.all) };
}

/** A red file in a run of its own has had its quiet machine already. */
export function deservesAnotherRun({ all, red }: JestCounts): boolean {
  const ranAlone = red.length === 1 && red[0] !== undefined && total(all) === total(red[0].counts);
  return red.length > 0 && red.length <= mostFilesAgain && !ranAlone;
}

const total = ({ passed, failed, skipped }: Counts) => passed + failed + skipped;

function say(what: string, files: JestCounts['red']): void {
  process.stdout.write(`\n${what}:${files.map(({ path }) => `\n  ${path.slice(root.length + 1)}`).join('')}\n`);
}

/** Jest itself says more after its last reporter, so its counts come by a file and are printed when it has ended. */
async function jest(args: readonly string[]): Promise<{ exitCode: number; counts: JestCounts | undefined }> {
  const program = join(root, 'node_modules/jest/bin/jest.js');
  const child = spawn(
    process.execPath,
    ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', program, ...args],
    {
      cwd: root,
      stdio: 'inherit',
      env: { ...testkitConfig.environment(), [testkitConfig.countsFileVariable]: countsFile },
    },
  );
  const forward = () => child.kill('SIGTERM');
  process.on('SIGTERM', forward);
  const [code] = await once(child, 'exit');
  process.off('SIGTERM', forward);
  return { exitCode: code ?? 1, counts: takeCounts() };
}

function takeCounts(): JestCounts | undefined {
  try {
    return JSON.parse(readFileSync(countsFile, 'utf8'));
  } catch {
    return undefined;
  } finally {
    rmSync(countsFile, { force: true });
  }
}
