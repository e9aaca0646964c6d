import type { Check } from './check.ts';
import { runCommand } from './command.ts';
import { findLines, readFiles, type SourceFile } from './repository-files.ts';

/** Where words are looked for: everything that people read, in whatever file. */
const readable = /(?:\.(?:ts|js|md|jsonc?|ya?ml|svg|py|go|toml|sh)|Makefile|Dockerfile|\.ci\/[^/]+)$/;

/** Every pattern with what is wrong about it. A word in a reader's way is written around here, so that this file does not find itself. */
const forbidden: readonly (readonly [RegExp, string])[] = [
  [
    /(?<![\w.$}/-])\/(?:home|root|Users|work|workspace)\/[\w.]/,
    'a path of one machine; say it relative to the repository, or ask the environment',
  ],
  [/\bdesign\/[\w-]+\.md\b/, 'a document that is not part of this repository'],
  [/\b(?:issue|ticket|session) #?\d+\b/i, 'a task list that readers do not have; state the reason itself'],
  [/\b(?:TO[D]O|FIX[M]E|X[X]X)\b/, 'unfinished work; do it, or describe the limit where users read of it'],
  [
    /^\s*tarball: https?:\/\/(?!registry\.npmjs\.org)/,
    'a package from a registry of one network; install from the public one',
  ],
];

export const wording: Check = {
  name: 'wording',
  async run(root) {
    const files = [...(await readFiles(root, readable)), ...(await commitMessages(root))];
    return forbidden.flatMap(([pattern, why]) => findLines(files, pattern, (match) => `"${match}" is ${why}`));
  },
};

/** The messages of all commits, as files named by their short hash; none where there is no history, as in an exported tree. */
async function commitMessages(root: string): Promise<SourceFile[]> {
  const { exitCode, output } = await runCommand('git', ['log', '-z', '--format=commit %h%n%B'], root);
  if (exitCode !== 0) return [];
  return output.split('\0').map((message) => {
    const [path = 'commit', ...lines] = message.split('\n');
    return { path, lines };
  });
}
