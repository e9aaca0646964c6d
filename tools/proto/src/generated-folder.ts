import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** A folder that holds nothing but what is generated. */
export type GeneratedFolder = {
  /** Relative to the repository. */
  readonly path: string;
  /** Text by path within the folder. */
  readonly files: ReadonlyMap<string, string>;
};

/** One sentence for each file that is missing, differs, or is not generated any more. */
export async function differences(root: string, { path, files }: GeneratedFolder): Promise<string[]> {
  const present = await readFolder(join(root, path));
  const wrong = [...files].flatMap(([name, text]) => {
    if (!present.has(name)) return [`${path}/${name} is missing`];
    return present.get(name) === text ? [] : [`${path}/${name} is not what proto/ says`];
  });
  const left = [...present.keys()].filter((name) => !files.has(name));
  return [...wrong, ...left.map((name) => `${path}/${name} is generated from nothing; delete it`)];
}

/** Replaces the whole folder. */
export async function write(root: string, { path, files }: GeneratedFolder): Promise<void> {
  await rm(join(root, path), { recursive: true, force: true });
  for (const [name, text] of files) {
    const file = join(root, path, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
}

/** The text of every file below a folder by its path within; empty when there is no such folder. */
export async function readFolder(folder: string): Promise<Map<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const paths = entries
    .filter((entry) => entry.isFile() && !entry.parentPath.endsWith('__pycache__'))
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
  return new Map(
    await Promise.all(paths.map(async (path) => [path, await readFile(join(folder, path), 'utf8')] as const)),
  );
}
