import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export type GeneratedFile = { readonly path: string; readonly text: string };

/** A sentence that shows the first differing line; undefined when what is on disk is what is generated. */
export function differenceOf(root: string, { path, text }: GeneratedFile): string | undefined {
  const found = read(join(root, path));
  if (found === text) return undefined;
  if (found === undefined) return `${path} is missing`;
  const [old, fresh] = [found.split('\n'), text.split('\n')];
  const index = fresh.findIndex((line, at) => line !== old[at]);
  const line = index === -1 ? fresh.length : index;
  return `${path} differs from the contracts at line ${line + 1}:\n- ${old[line] ?? '(end)'}\n+ ${fresh[line] ?? '(end)'}`;
}

export function write(root: string, { path, text }: GeneratedFile): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
