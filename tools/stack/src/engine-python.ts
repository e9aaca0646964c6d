import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { installed } from './installation.ts';
import type { Program, Reporter } from './program.ts';
import { onSearchPath } from './program.ts';

const engine = join(import.meta.dirname, '../../../services/mesh-engine');
const requirements = ['requirements.txt', 'requirements-dev.txt', 'requirements-pictures.txt'];
// Their order is the order of trying; a plain python3 that is new enough is what a person expects to be taken.
const interpreters = ['python3', 'python3.13', 'python3.12', 'python3.11', 'python3.14'];
const remedy = 'install Python 3.11 or newer with its venv module (apt-get install python3-venv, brew install python)';
const probe =
  'import sys, venv, ensurepip; assert sys.version_info >= (3, 11); print(f"{sys.version_info[0]}.{sys.version_info[1]}")';

type Interpreter = { path: string; version: string };

/**
 * The Python of the mesh engine, with all that its requirements name; installed on the first use of this machine and of each change
 * of the requirements. Call its tools as modules (`-m pytest`): the environment was moved after pip had written the paths of scripts.
 * @throws with the remedy when there is no Python 3.11 or newer, or with pip's last lines.
 */
export async function enginePython(report: Reporter): Promise<Program> {
  const interpreter = await findInterpreter();
  return installed(
    {
      title: "the mesh engine's Python packages",
      folder: `mesh-engine/${interpreter.version}-${await fingerprint()}`,
      binary: 'python',
      tool: 'sh',
      remedy: 'install a POSIX shell',
      usually: 'about 2 minutes',
      step: (target) => ({ args: ['-euc', makeEnvironment, 'sh', interpreter.path, target], cwd: engine }),
    },
    report,
  );
}

const pip = '"$2/bin/python" -m pip install --disable-pip-version-check --no-input --quiet';
const makeEnvironment = `
"$1" -m venv "$2"
${pip} -r requirements.txt -r requirements-dev.txt
${pip} --no-deps -r requirements-pictures.txt
`;

async function findInterpreter(): Promise<Interpreter> {
  for (const name of interpreters) {
    const path = await onSearchPath(name);
    const version = path && (await versionOf(path));
    if (version) return { path, version };
  }
  throw new Error(`the mesh engine needs Python 3.11 or newer with venv, and found none on PATH; ${remedy}`);
}

/** @returns undefined for one that is too old, lacks venv or does not start. */
async function versionOf(path: string): Promise<string | undefined> {
  const answer = await promisify(execFile)(path, ['-c', probe], { timeout: 30_000 }).catch(() => undefined);
  return answer?.stdout.trim();
}

async function fingerprint(): Promise<string> {
  const hash = createHash('sha256').update(makeEnvironment);
  for (const file of requirements) hash.update(await readFile(join(engine, file)));
  return hash.digest('hex').slice(0, 12);
}
