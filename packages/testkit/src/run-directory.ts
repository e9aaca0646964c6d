import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testkitConfig } from './config.ts';

/** The folder of this test run, below `.millrace/`; deleted when the run ends. Outside a run, a fresh temporary folder. */
export function runDirectory(): string {
  const found = testkitConfig.variable(testkitConfig.runDirectoryVariable);
  if (found) return found;
  const made = mkdtempSync(join(tmpdir(), 'millrace-test-'));
  testkitConfig.export({ [testkitConfig.runDirectoryVariable]: made });
  return made;
}
