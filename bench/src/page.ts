import { cpus, totalmem } from 'node:os';

const head = `# Performance

Written by \`make bench\`, part by part: each section is the newest run of its part. Everything of it ran on one machine at once: broker,
database, producer and worker. Read the ratios; the times are the machine's.

`;

/**
 * The page with some parts measured anew; the others keep their sections.
 * @param names of all parts, in the order in which they stand.
 * @param measured their sections of now, by name.
 * @param known the page as it stands; anything without the marks of parts counts as empty.
 */
export function pageWith(names: readonly string[], measured: ReadonlyMap<string, string>, known: string): string {
  const sections = names.flatMap((name) => {
    const section = measured.get(name);
    return section === undefined
      ? sectionIn(known, name)
      : `${markOf(name)}\n\n${section.trimEnd()}\n\n${circumstances()}\n`;
  });
  return head + sections.join('\n');
}

const markOf = (name: string): string => `<!-- ${name} -->`;

/** With its mark; nothing where it has never been measured. */
function sectionIn(known: string, name: string): string[] {
  const begin = known.indexOf(markOf(name));
  if (begin < 0) return [];
  const end = known.indexOf('\n<!-- ', begin);
  return [`${known.slice(begin, end < 0 ? undefined : end).trimEnd()}\n`];
}

const circumstances = (): string =>
  `_Measured on ${new Date().toISOString().slice(0, 10)}: ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}._`;
