import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Counts } from './closing-line.ts';
import { closingLine } from './closing-line.ts';
import { testkitConfig } from './config.ts';
import { isPythonPath, runPytest } from './run-pytest.ts';

const root = join(import.meta.dirname, '../../..');
const countsFile = join(root, '.millrace', `counts-${process.pid}.json`);
// Nothing was counted, so nothing was proven.
const nothingCounted: Counts = { passed: 0, failed: 1, skipped: 0 };

type Run = { exitCode: number; counts: Counts | undefined };

// A Ctrl-C reaches jest and pytest too, which then stop what they started; this program only waits for that.
process.on('SIGINT', () => {});

mkdirSync(join(root, '.millrace'), { recursive: true });
const counts: Counts = { passed: 0, failed: 0, skipped: 0 };
process.exitCode = 0;
for (const run of runsOf(process.argv.slice(2))) add(await run());
process.stdout.write(`${closingLine(counts)}\n`);

/** One after the other, because both use every core, and some tests of the first measure. Without paths, both run everything. */
function runsOf(paths: readonly string[]): (() => Promise<Run>)[] {
  const python = paths.filter(isPythonPath);
  const rest = paths.filter((path) => !isPythonPath(path));
  const all = paths.length === 0;
  return [
    ...(all || rest.length > 0 ? [() => runJest(rest)] : []),
    ...(all || python.length > 0 ? [() => runPytest(python)] : []),
  ];
}

function add({ exitCode, counts: counted = nothingCounted }: Run): void {
  counts.passed += counted.passed;
  counts.failed += counted.failed;
  counts.skipped += counted.skipped;
  process.exitCode ||= exitCode || (counted.failed > 0 ? 1 : 0);
}

/** Jest itself says more after its last reporter, so the closing line has to wait until it has ended. */
async function runJest(args: readonly string[]): Promise<Run> {
  const jest = join(root, 'node_modules/jest/bin/jest.js');
  const child = spawn(
    process.execPath,
    ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', jest, ...args],
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

function takeCounts(): Counts | undefined {
  try {
    return JSON.parse(readFileSync(countsFile, 'utf8'));
  } catch {
    return undefined;
  } finally {
    rmSync(countsFile, { force: true });
  }
}
