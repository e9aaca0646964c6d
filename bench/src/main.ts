import { writeFile } from 'node:fs/promises';
import { only } from './config.ts';
import { withLab } from './lab.ts';
import { parts } from './parts.ts';
import { page } from './report.ts';

/** Measures everything beside its peers in one run and writes the page that stands in docs/; a run of some parts only prints them. */
const chosen = parts.filter(({ name }) => only.length === 0 || only.includes(name));
if (chosen.length === 0)
  throw new Error(`ONLY is ${only}, but must name some of ${parts.map(({ name }) => name).join(', ')}`);

const begin = performance.now();
const sections = await withLab(async (lab) => {
  const written: string[] = [];
  for (const { measure } of chosen) written.push(await measure(lab, say));
  return written;
});
const text = page(sections);
process.stdout.write(`\n${text}`);
if (only.length === 0) await writeFile(new URL('../../docs/performance.md', import.meta.url), text);

function say(line: string): void {
  process.stdout.write(`${((performance.now() - begin) / 1_000).toFixed(0).padStart(4)} s  ${line}\n`);
}
