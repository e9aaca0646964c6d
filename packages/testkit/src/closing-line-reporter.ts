import { writeFileSync } from 'node:fs';
import { type Counts, closingLine, plus } from './closing-line.ts';
import { testkitConfig } from './config.ts';
import type { JestCounts } from './run-jest.ts';

type FileResult = {
  testFilePath: string;
  numPassingTests: number;
  numFailingTests: number;
  numPendingTests: number;
  numTodoTests: number;
  testExecError?: unknown;
};

/** Tells the counts of a run: to the program that runs jest if there is one, else in a line of its own on the terminal. */
// biome-ignore lint/style/noDefaultExport: jest finds a reporter, a global set-up or a global teardown by its default export
export default class ClosingLineReporter {
  onRunComplete(_contexts: unknown, { testResults }: { testResults: FileResult[] }): void {
    const files = testResults.map((result) => ({ path: result.testFilePath, counts: countsOf(result) }));
    const all = files.map(({ counts }) => counts).reduce(plus, { passed: 0, failed: 0, skipped: 0 });
    const told: JestCounts = { all, red: files.filter(({ counts }) => counts.failed > 0) };
    const file = testkitConfig.variable(testkitConfig.countsFileVariable);
    if (file) writeFileSync(file, JSON.stringify(told));
    else process.stdout.write(`${closingLine(all)}\n`);
  }
}

/** A file that could not be loaded counts as one failed test. */
const countsOf = (result: FileResult): Counts => ({
  passed: result.numPassingTests,
  failed: result.numFailingTests + (result.testExecError ? 1 : 0),
  skipped: result.numPendingTests + result.numTodoTests,
});
