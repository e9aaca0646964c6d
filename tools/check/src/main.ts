import { resolve } from 'node:path';
import { runChecks } from './check.ts';
import { checks } from './checks.ts';

const isGreen = await runChecks(checks, {
  root: resolve(import.meta.dirname, '../../..'),
  write: (line) => process.stdout.write(`${line}\n`),
});
process.exitCode = isGreen ? 0 : 1;
