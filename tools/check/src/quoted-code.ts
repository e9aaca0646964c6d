import type { Check } from './check.ts';
import { readFiles, type SourceFile } from './repository-files.ts';

/** The first line of a block that quotes a file: `// tests/guide/greet-person.ts`. */
const source = /^\/\/ ((?:packages|services|tests)\/[\w./-]+\.ts)$/;

/** Code that a document quotes from a file stands there, indentation apart to the letter, so that what the guides show has been run. */
export const quotedCode: Check = {
  name: 'quoted code',
  async run(root) {
    const documents = await readFiles(root, /^(?:[A-Z]+|docs\/.*)\.md$/);
    const quotes = documents.flatMap(quotesIn);
    const paths = new Set(quotes.map(({ path }) => path));
    const files = await readFiles(root, /^(?:packages|services|tests)\/.*\.ts$/);
    const texts = new Map(files.filter(({ path }) => paths.has(path)).map(({ path, lines }) => [path, flush(lines)]));
    return quotes.flatMap(({ at, path, code }) => {
      if (!texts.has(path)) return [`${at}: quotes ${path}, which does not exist`];
      return texts.get(path)?.includes(code) ? [] : [`${at}: quotes ${path}, where this does not stand; copy it anew`];
    });
  },
};

type Quote = { readonly at: string; readonly path: string; readonly code: string };

function quotesIn({ path: document, lines }: SourceFile): Quote[] {
  return lines.flatMap((line, index) => {
    const [, path] = source.exec(line) ?? [];
    if (!path || !lines[index - 1]?.startsWith('```')) return [];
    const end = lines.indexOf('```', index);
    return [{ at: `${document}:${index + 1}`, path, code: flush(lines.slice(index + 1, end)) }];
  });
}

const flush = (lines: readonly string[]): string => lines.map((line) => line.trimStart()).join('\n');
