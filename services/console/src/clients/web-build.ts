import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const source = join(import.meta.dirname, '../../web');
const target = join(source, 'dist');

/**
 * The folder of the built web app, built anew when its sources have changed since: a fresh checkout has nothing to run first.
 * Processes that build at the same time each build aside and put the same into place.
 * @throws Error when the build fails, or where the development packages are not installed.
 */
export async function builtWebApp(): Promise<string> {
  const wanted = await sourceHash();
  if ((await stampIn(target)) === wanted) return target;
  const aside = `${target}.${randomUUID()}`;
  try {
    await viteBuild(aside);
    await writeFile(join(aside, stamp), wanted);
    await putIntoPlace(aside, wanted);
  } catch (error) {
    throw new Error('the web app cannot be built; install the development packages, or set WEB_ROOT to a built one', {
      cause: error,
    });
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
  return target;
}

/**
 * In a process of its own: what vite holds in memory goes with it, and this process may run under any NODE_ENV. Vite's lock against
 * a second build in the same folder is not needed, because each builds aside.
 */
async function viteBuild(outDir: string): Promise<void> {
  const vite = join(source, '../node_modules/vite/bin/vite.js');
  const args = [vite, 'build', '--outDir', outDir, '--emptyOutDir', '--bypass-lock', '--logLevel', 'warn'];
  await promisify(execFile)(process.execPath, args, { cwd: source, env: { NODE_ENV: 'production' } });
}

const stamp = '.stamp';

const stampIn = (folder: string): Promise<string | undefined> =>
  readFile(join(folder, stamp), 'utf8').catch(() => undefined);

/** Another process may have been faster: its folder is as good. */
async function putIntoPlace(aside: string, wanted: string): Promise<void> {
  await rm(target, { recursive: true, force: true });
  await rename(aside, target).catch(async (error: unknown) => {
    if ((await stampIn(target)) !== wanted) throw error;
  });
}

/** Of every file below `web/` and of the versions of what they import. */
async function sourceHash(): Promise<string> {
  const hash = createHash('sha256');
  const entries = await readdir(source, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !path.startsWith(target))
    .sort();
  for (const path of [...files, join(source, '../../../pnpm-workspace.yaml')]) {
    hash.update(path.slice(source.length)).update(await readFile(path));
  }
  return hash.digest('hex');
}
