import { writeFileSync } from 'node:fs';
import type { Counts } from './closing-line.ts';
import { closingLine } from './closing-line.ts';
import { testkitConfig } from './config.ts';

type Results = {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  numRuntimeErrorTestSuites: number;
};

/** Tells the counts of a run in one line of its own: to the program that runs jest if there is one, else on the terminal. */
// biome-ignore lint/style/noDefaultExport: jest finds a reporter, a global set-up or a global teardown by its default export
export default class ClosingLineReporter {
  onRunComplete(_contexts: unknown, results: Results): void {
    const counts: Counts = {
      passed: results.numPassedTests,
      failed: results.numFailedTests + results.numRuntimeErrorTestSuites,
      skipped: results.numPendingTests + results.numTodoTests,
    };
    const file = testkitConfig.variable(testkitConfig.countsFileVariable);
    if (file) writeFileSync(file, JSON.stringify(counts));
    else process.stdout.write(`${closingLine(counts)}\n`);
  }
}
