import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { runCommand } from './command.ts';

const repository = resolve(import.meta.dirname, '../../..');
const configurations = [
  'biome.jsonc',
  '.oxlintrc.json',
  '.dependency-cruiser.js',
  'tsconfig.json',
  'jest.config.js',
  '.gitignore',
];

type PlantedRepository = AsyncDisposable & { readonly root: string };

/**
 * A folder with this repository's configurations and modules, and with the given files (text by path) in place of its sources.
 * It is a git repository without commits. Tests only; disposing deletes it.
 */
export async function plantRepository(files: Readonly<Record<string, string>>): Promise<PlantedRepository> {
  const root = await mkdtemp(join(tmpdir(), 'millrace-check-'));
  await symlink(join(repository, 'node_modules'), join(root, 'node_modules'));
  for (const name of configurations) await copyFile(join(repository, name), join(root, name));
  await writeFile(join(root, 'package.json'), '{ "name": "planted", "private": true, "type": "module" }\n');
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(root, dirname(path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  await runCommand('git', ['init', '--quiet'], root);
  return { root, [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }) };
}
