import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { repositoryRoot } from '@millrace/stack';
import { type Breakage, breakages } from './breakages.ts';
import { chaosConfig } from './config.ts';
import { notePlant, readRecord } from './record.ts';
import { isBrokenOff } from './scenario.ts';

/** The breakage that PLANT names. @throws for a name that is none. */
export function breakageOf(plant: string): Breakage {
  const found = breakages.find(({ name }) => name === plant);
  if (!found) throw new Error(`PLANT is ${plant}, but must be one of ${breakages.map(({ name }) => name).join(', ')}`);
  return found;
}

/**
 * Runs one experiment on a copy of this project whose code is broken, and keeps what it has said.
 * @returns the exit code: 0 when the experiment has seen it.
 */
export async function runBroken(
  { name, scenario, what, edits }: Breakage,
  say: (line: string) => void,
): Promise<number> {
  const copy = await realpath(await mkdtemp(join(tmpdir(), 'millrace-broken-')));
  try {
    await copyProject(copy);
    await rm(join(copy, 'docs/reliability.json'), { force: true });
    await mkdir(join(copy, 'tmp'));
    for (const edit of edits) await breakIn(copy, edit);
    say(`planted under ${scenario}: ${what}`);
    const child = spawn(process.execPath, ['chaos/src/main.ts'], {
      cwd: copy,
      env: {
        ...chaosConfig.environment(),
        PLANT: '',
        ONLY: scenario,
        SEED: `${chaosConfig.seed}`,
        TMPDIR: join(copy, 'tmp'),
      },
      stdio: 'inherit',
    });
    const [code] = await once(child, 'exit');
    const said = code === 0 ? undefined : await wordsOf(copy, scenario);
    await notePlant({ name, scenario, what, ...(said !== undefined && { said }) });
    say(said === undefined ? `${scenario} has NOT seen it: ${what}` : `${scenario} has seen it: ${what}`);
    return said === undefined ? 1 : 0;
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

/** An experiment that broke off has judged nothing. */
async function wordsOf(copy: string, scenario: string): Promise<string | undefined> {
  const { faults = [] } = (await readRecord(copy)).outcomes[scenario] ?? {};
  return faults.length === 0 || faults.some(isBrokenOff) ? undefined : faults.slice(0, 3).join('; ');
}

/** What git knows of or would take, with the packages that are installed: links to this project's own packages then point into the copy. */
async function copyProject(copy: string): Promise<void> {
  const listing = ['ls-files', '--cached', '--others', '--exclude-standard', '-z'];
  const { stdout } = await promisify(execFile)('git', listing, { cwd: repositoryRoot, maxBuffer: 2 ** 26 });
  const files = stdout.split('\0').filter(Boolean);
  for (const file of files) {
    await mkdir(dirname(join(copy, file)), { recursive: true });
    await cp(join(repositoryRoot, file), join(copy, file)).catch(ignoreMissing);
  }
  await symlink(join(repositoryRoot, 'node_modules'), join(copy, 'node_modules'));
  const members = files.filter((file) => file.endsWith('/package.json')).map(dirname);
  for (const member of members) {
    const installed = join(member, 'node_modules');
    const options = { recursive: true, verbatimSymlinks: true };
    await cp(join(repositoryRoot, installed), join(copy, installed), options).catch(ignoreMissing);
  }
}

/** A file that was deleted and not yet committed, a package that depends on none. */
function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}

async function breakIn(copy: string, { file, from, to }: Breakage['edits'][number]): Promise<void> {
  const path = join(copy, file);
  const source = await readFile(path, 'utf8');
  if (source.split(from).length !== 2)
    throw new Error(`${file} has to hold "${from}" once to be broken there; say in breakages.ts what stands there now`);
  await writeFile(
    path,
    source.replace(from, () => to),
  );
}
