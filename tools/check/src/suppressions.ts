import type { Check } from './check.ts';
import { findLines, readFiles, type SourceFile } from './repository-files.ts';

/** Comments that switch a rule off and carry no reason behind it. Biome's own has to have one, or it does nothing. */
const unexplained = [
  /@ts-(?:ignore|expect-error|nocheck)(?!:? +\w+ \w+)/,
  /(?:oxlint|eslint)-disable(?:-next-line|-line)?(?!.* -- \w+ \w+)/,
  /\b(?:it|test|describe)\.(?:skip|todo)\b(?!.*\/\/ \w+ \w+)/,
];

export const suppressions: Check = {
  name: 'exceptions have reasons',
  async run(root) {
    const files = await readFiles(root, /\.[jt]s$/);
    return unexplained.flatMap((pattern) =>
      findLines(files, pattern, (match) => `${match} switches something off; say why beside it`, isExplainedAbove),
    );
  },
};

/** For a test that is left out, the reason may stand on the line before. */
function isExplainedAbove({ lines }: SourceFile, index: number): boolean {
  return /^\s*\/\/ \w+ \w+/.test(lines[index - 1] ?? '') && /\.(?:skip|todo)\b/.test(lines[index] ?? '');
}
