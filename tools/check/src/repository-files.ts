import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What is brought, built or written while running, and is nobody's source. */
const outside = new Set(['node_modules', '.git', '.millrace', '.cache', '.venv', '__pycache__', 'coverage']);

export type SourceFile = {
  /** Relative to the repository. */
  readonly path: string;
  readonly lines: readonly string[];
};

/** The repository's text files whose path matches, in the order of their paths. */
export async function readFiles(root: string, matches: RegExp): Promise<SourceFile[]> {
  const paths = (await pathsBelow(root)).filter((path) => matches.test(path)).sort();
  return Promise.all(
    paths.map(async (path) => ({ path, lines: (await readFile(join(root, path), 'utf8')).split('\n') })),
  );
}

/** Every path below a folder but those {@link outside}, relative to it. */
export async function pathsBelow(root: string, folder = ''): Promise<string[]> {
  const entries = await readdir(join(root, folder), { withFileTypes: true });
  const paths = entries
    .filter(({ name }) => !outside.has(name))
    .map(async (entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? pathsBelow(root, path) : [path];
    });
  return (await Promise.all(paths)).flat();
}

/** One finding for each line that the pattern matches and `isExcused` does not excuse. */
export function findLines(
  files: readonly SourceFile[],
  pattern: RegExp,
  what: (match: string) => string,
  isExcused: (file: SourceFile, index: number) => boolean = () => false,
): string[] {
  return files.flatMap((file) =>
    file.lines.flatMap((line, index) => {
      const match = pattern.exec(line);
      return match && !isExcused(file, index) ? [`${file.path}:${index + 1}: ${what(match[0].trim())}`] : [];
    }),
  );
}
