import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Counts, closingLine, plus } from './closing-line.ts';
import { runJest } from './run-jest.ts';
import { isPythonPath, runPytest } from './run-pytest.ts';

// Nothing was counted, so nothing was proven.
const nothingCounted: Counts = { passed: 0, failed: 1, skipped: 0 };

type Run = { exitCode: number; counts: Counts | undefined };

// A Ctrl-C reaches jest and pytest too, which then stop what they started; this program only waits for that.
process.on('SIGINT', () => {});

mkdirSync(join(import.meta.dirname, '../../../.millrace'), { recursive: true });
let counts: Counts = { passed: 0, failed: 0, skipped: 0 };
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
  counts = plus(counts, counted);
  process.exitCode ||= exitCode || (counted.failed > 0 ? 1 : 0);
}
