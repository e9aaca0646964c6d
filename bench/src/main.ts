import { readFile, writeFile } from 'node:fs/promises';
import { only } from './config.ts';
import { withLab } from './lab.ts';
import { pageWith } from './page.ts';
import { parts } from './parts.ts';

/** Measures everything beside its peers, and writes each part into the page in docs/ as soon as it is measured. */
const names = parts.map(({ name }) => name);
const chosen = parts.filter(({ name }) => only.length === 0 || only.includes(name));
if (chosen.length === 0) throw new Error(`ONLY is ${only}, but must name some of ${names.join(', ')}`);

const pagePath = new URL('../../docs/performance.md', import.meta.url);
const begin = performance.now();
await withLab(async (lab) => {
  for (const { name, measure } of chosen) {
    const section = await measure(lab, say);
    process.stdout.write(`\n${section}\n`);
    await writeFile(pagePath, pageWith(names, new Map([[name, section]]), await readFile(pagePath, 'utf8')));
  }
});

function say(line: string): void {
  process.stdout.write(`${((performance.now() - begin) / 1_000).toFixed(0).padStart(4)} s  ${line}\n`);
}
