import type { Check } from './check.ts';
import { findLines, readFiles, type SourceFile } from './repository-files.ts';

const testFiles = /\.test\.ts$/;
const pythonTests = /\/tests\/.*\.py$/;
const testCode = /\.test\.ts$|^tests\/.*\.ts$|\/tests\/.*\.py$/;

/** A title states a fact: what "should" be is an opinion that a green test does not support. */
export const titles: Check = {
  name: 'test titles',
  async run(root) {
    const wishful = /\b(?:it|test|describe)\b[^'"`]*(?:'[^']*\bshould\b|"[^"]*\bshould\b|`[^`]*\bshould\b)/i;
    const files = (await readFiles(root, testFiles)).map(joinCalls);
    const pythonFiles = await readFiles(root, pythonTests);
    return [...findLines(files, wishful, complaint), ...findLines(pythonFiles, /\bdef test_\w*should\w*/i, complaint)];
  },
};

const complaint = (title: string) => `a title says "should" (${shorten(title)}); state what is`;

/** A test that waits for a time is slow on a good day and red on a bad one; it waits for a condition instead. */
export const waiting: Check = {
  name: 'no sleep in tests',
  async run(root) {
    const nap =
      /\bsetTimeout\s*\(|(?<!["'\w.])sleep\s*\(|\b(?:time|asyncio)\.sleep\s*\(|timers\/promises|\bAtomics\.wait\b/;
    return findLines(
      await readFiles(root, testCode),
      nap,
      (match) =>
        `${match} waits for a time; use until() of @millrace/testkit, or say why beside it: // waits: <reason> (# in Python)`,
      hasReason,
    );
  },
};

/** The reason stands on the line itself or on the one before. */
function hasReason({ lines }: SourceFile, index: number): boolean {
  return [lines[index], lines[index - 1]].some((line) => /(?:\/\/|#) waits: \w+/.test(line ?? ''));
}

/** Puts a title that was wrapped onto the line of its call, so that a line can be judged alone. */
function joinCalls({ path, lines }: SourceFile): SourceFile {
  return {
    path,
    lines: lines.map((line, index) =>
      /\b(?:it|test|describe)\b[^'"`]*\($/.test(line) ? line + (lines[index + 1] ?? '') : line,
    ),
  };
}

const shorten = (text: string): string => (text.length > 80 ? `${text.slice(0, 77)}...` : text);
