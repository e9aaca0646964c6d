import { resolve } from 'node:path';
import { makeCatalogue } from './catalogue.ts';
import { differenceOf, write } from './generated-file.ts';

const root = resolve(import.meta.dirname, '../../..');
const { files, faults } = makeCatalogue(root);

if (process.argv.includes('--check')) {
  const stale = files.flatMap((file) => differenceOf(root, file) ?? []);
  const advice = stale.length > 0 ? ['write them again: node tools/catalogue/src/main.ts'] : [];
  report([...faults, ...stale, ...advice]);
} else {
  for (const file of files) write(root, file);
  report(faults);
}

function report(sentences: readonly string[]): void {
  for (const sentence of sentences) process.stdout.write(`${sentence}\n`);
  if (sentences.length > 0) process.exitCode = 1;
}
