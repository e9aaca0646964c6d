import { writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import type { Outcome } from './scenario.ts';

type Circumstances = { readonly seed: number; readonly isLong: boolean };

const shownFaults = 25;

/** What a person reads of one scenario when it is through. */
export function outcomeLines({ name, figures, faults, tookMs }: Outcome): string[] {
  const verdict = faults.length === 0 ? 'held' : `BROKEN, ${faults.length} faults`;
  const more = faults.length > shownFaults ? [`  … and ${faults.length - shownFaults} more`] : [];
  return [
    `${name}: ${verdict} (${(tookMs / 1_000).toFixed(0)} s)`,
    ...Object.entries(figures).map(([figure, value]) => `  ${figure}: ${value}`),
    ...faults.slice(0, shownFaults).map((fault) => `  fault: ${fault}`),
    ...more,
  ];
}

/** Writes `docs/reliability.md` and the same as JSON beside it. */
export async function writeReport(outcomes: readonly Outcome[], circumstances: Circumstances): Promise<void> {
  const at = new Date().toISOString();
  const docs = new URL('../../docs/', import.meta.url);
  await writeFile(new URL('reliability.md', docs), page(outcomes, circumstances, at));
  const whole = { at, ...circumstances, machine: machine(), outcomes };
  await writeFile(new URL('reliability.json', docs), `${JSON.stringify(whole, undefined, 2)}\n`);
}

const machine = () => `${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`;

function page(outcomes: readonly Outcome[], { seed, isLong }: Circumstances, at: string): string {
  return `# Reliability

Written by \`make chaos\` on ${at.slice(0, 10)} (${isLong ? 'long' : 'short'} form, \`SEED=${seed}\`): ${machine()}, everything on this one machine, with the
real RabbitMQ, NATS and the development database. The figures as JSON: [reliability.json](reliability.json).

What is counted is counted in the databases, the folders and the broker themselves, not asked of the services. A promise holds when nothing speaks against it.

| | harm | what has to hold | verdict | seconds |
|---|---|---|---|---:|
${outcomes.map(row).join('\n')}

${outcomes.map(section).join('\n')}
## Running it

\`make chaos\` runs all of it, \`FULL=1\` in the long forms; \`SEED\` repeats what is sent and killed, \`ONLY=mixed\` runs single ones. \`PLANT=effect|notice|file|ledger\` spoils what the
mixed load has left before it is judged: each of them has to be found.
`;
}

const row = ({ name, title, promise, faults, tookMs }: Outcome): string =>
  `| ${name} | ${title} | ${promise} | ${faults.length === 0 ? 'held' : `**broken** (${faults.length})`} | ${Math.round(tookMs / 1_000)} |`;

const section = ({ name, title, figures, faults }: Outcome): string => `## ${name}: ${title}

| figure | |
|---|---:|
${Object.entries(figures)
  .map(([figure, value]) => `| ${figure} | ${value} |`)
  .join('\n')}
${faults
  .slice(0, shownFaults)
  .map((fault) => `\n- ${fault}`)
  .join('')}`;
