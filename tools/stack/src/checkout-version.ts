import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { repositoryRoot } from './node-process.ts';

/** What git calls this checkout: its tag or commit, marked when something in it is changed; `dev` where there is no git. */
export async function checkoutVersion(): Promise<string> {
  const asked = promisify(execFile)('git', ['describe', '--tags', '--always', '--dirty'], { cwd: repositoryRoot });
  return asked.then(({ stdout }) => stdout.trim() || unknown).catch(() => unknown);
}

const unknown = 'dev';
