import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Check } from './check.ts';
import { readFiles, type SourceFile } from './repository-files.ts';

const document = 'docs/configuration.md';

/** docs/configuration.md has a row for each environment variable that the code reads, and for no other. */
export const configurationDocs: Check = {
  name: 'configuration docs',
  async run(root) {
    if (!existsSync(join(root, document))) return [`${document} is missing`];
    const read = await variablesRead(root);
    const documented = await variablesDocumented(root);
    return [
      ...[...read]
        .filter(([name]) => !documented.has(name))
        .map(([name, path]) => `${path} reads ${name}, which ${document} does not list`),
      ...[...documented]
        .filter((name) => !read.has(name))
        .map((name) => `${document} lists ${name}, which nothing reads`),
    ];
  },
};

/** Names by the file that reads them: in a config.ts keys of a zod object and `env['NAME']`, in a config.py `read("NAME"`, in tables the value of a `…Variable`. */
async function variablesRead(root: string): Promise<Map<string, string>> {
  const inConfig = /(?:^\s*|[{,]\s*)([A-Z][A-Z0-9_]{2,}):|env(?:\.|\[')([A-Z][A-Z0-9_]+)/g;
  const inTables = /[vV]ariable(?:: |\()'([A-Z][A-Z0-9_]+)'/g;
  const inPython = /\.read\("([A-Z][A-Z0-9_]+)"/g;
  const sources = await readFiles(root, /^(?:packages|services|tools|bench|chaos)\/.*(?<!\.test)\.ts$/);
  const configs = sources.filter(({ path }) => path.endsWith('/config.ts'));
  const python = await readFiles(root, /^services\/.*\/config\.py$/);
  return new Map([...namesIn(configs, inConfig), ...namesIn(sources, inTables), ...namesIn(python, inPython)]);
}

function namesIn(files: readonly SourceFile[], pattern: RegExp): (readonly [name: string, path: string])[] {
  return files.flatMap(({ path, lines }) =>
    lines.flatMap((line) => [...line.matchAll(pattern)].map(([, key, read]) => [key ?? read ?? '', path] as const)),
  );
}

/** The first cells of the document's tables. */
async function variablesDocumented(root: string): Promise<Set<string>> {
  const [file] = await readFiles(root, /^docs\/configuration\.md$/);
  const rows = file?.lines.filter((line) => line.startsWith('| `')) ?? [];
  const names = rows.flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`([A-Z][A-Z0-9_]+)`/g)]);
  return new Set(names.map(([, name]) => name ?? ''));
}
