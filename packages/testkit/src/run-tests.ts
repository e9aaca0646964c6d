import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Counts } from './closing-line.ts';
import { closingLine } from './closing-line.ts';
import { testkitConfig } from './config.ts';

const root = join(import.meta.dirname, '../../..');
const countsFile = join(root, '.millrace', `counts-${process.pid}.json`);
// Nothing was counted, so nothing was proven.
const nothingCounted: Counts = { passed: 0, failed: 1, skipped: 0 };

// A Ctrl-C reaches jest too, which then stops what it started; this program only waits for that.
process.on('SIGINT', () => {});

mkdirSync(join(root, '.millrace'), { recursive: true });
const exitCode = await runJest(process.argv.slice(2));
const counts = takeCounts();
process.stdout.write(`${closingLine(counts)}\n`);
process.exitCode = exitCode || (counts.failed > 0 ? 1 : 0);

/** Jest itself says more after its last reporter, so the closing line has to wait until it has ended. */
async function runJest(args: readonly string[]): Promise<number> {
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
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  const [code] = await once(child, 'exit');
  return code ?? 1;
}

function takeCounts(): Counts {
  try {
    return JSON.parse(readFileSync(countsFile, 'utf8'));
  } catch {
    return nothingCounted;
  } finally {
    rmSync(countsFile, { force: true });
  }
}
