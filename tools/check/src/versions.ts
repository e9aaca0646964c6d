import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Check } from './check.ts';
import { readFiles, type SourceFile } from './repository-files.ts';

/** Every version stands once, in the catalog of pnpm-workspace.yaml, exact and sorted; packages only point there. */
export const versions: Check = {
  name: 'versions stand once',
  async run(root) {
    const packages = await readFiles(root, /(?:^|\/)package\.json$/);
    const workspace = await readFile(join(root, 'pnpm-workspace.yaml'), 'utf8');
    return [...packages.flatMap(strayVersions), ...catalogFaults(workspace)];
  },
};

function strayVersions({ path, lines }: SourceFile): string[] {
  const manifest = JSON.parse(lines.join('\n')) as Record<string, Record<string, string> | undefined>;
  const fields = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'];
  return fields
    .flatMap((field) => Object.entries(manifest[field] ?? {}))
    .filter(([, version]) => version !== 'catalog:' && version !== 'workspace:*')
    .map(([name, version]) => `${path}: ${name} says "${version}"; allowed are "catalog:" and "workspace:*"`);
}

function catalogFaults(workspace: string): string[] {
  const [, catalog = ''] = /^catalog:\n((?: {2}.*\n?)*)/m.exec(workspace) ?? [];
  const entries = [...catalog.matchAll(/^ {2}('?([^':\s]+)'?:) (\S+)/gm)].map(
    ([, key = '', name = '', version = '']) => ({
      key,
      name,
      version,
    }),
  );
  if (entries.length === 0) return ['pnpm-workspace.yaml: the catalog has no entries that this check can read'];
  return [
    ...entries
      .filter(({ version }) => !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version))
      .map(({ name, version }) => `pnpm-workspace.yaml: ${name} says ${version}; pin one exact version`),
    ...entries
      .filter(({ name }, index) => index > 0 && name < (entries[index - 1]?.name ?? ''))
      .map(({ name }) => `pnpm-workspace.yaml: ${name} is out of order; the catalog is sorted by name`),
  ];
}
