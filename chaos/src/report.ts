import type { Outcome, Spoiling } from './scenario.ts';

/** When and under what an experiment was run last. */
type Circumstances = {
  readonly at: string;
  readonly seed: number;
  readonly isLong: boolean;
  readonly machine: string;
  /** How many processes wanted a core in the last minute, when it had ended: what else the machine was busy with is in it. */
  readonly load: number;
};

/** A breakage of the code, and what its experiment has said of it. */
export type Plant = Spoiling & { readonly scenario: string; readonly at: string };

/** The newest of each experiment and of each breakage. */
export type ChaosRecord = {
  readonly outcomes: Readonly<Record<string, Outcome & Circumstances>>;
  readonly plants: Readonly<Record<string, Plant>>;
};

const shownFaults = 25;

/** What a person reads of one scenario when it is through. */
export function outcomeLines({ name, counts = {}, figures, faults, planted = [], tookMs }: Outcome): string[] {
  const verdict = faults.length === 0 ? 'held' : `BROKEN, ${faults.length} faults`;
  const more = faults.length > shownFaults ? [`  … and ${faults.length - shownFaults} more`] : [];
  return [
    `${name}: ${verdict} (${(tookMs / 1_000).toFixed(0)} s)`,
    ...Object.entries(counts).map(([column, count]) => `  ${column}: ${count}`),
    ...Object.entries(figures).map(([figure, value]) => `  ${figure}: ${value}`),
    ...planted.map(({ what, said }) => `  spoiled, ${what}: ${said === undefined ? 'NOT seen' : `seen, "${said}"`}`),
    ...faults.slice(0, shownFaults).map((fault) => `  fault: ${fault}`),
    ...more,
  ];
}

/** `docs/reliability.md`. */
export function page({ outcomes, plants }: ChaosRecord): string {
  const rows = Object.values(outcomes).toSorted(byName);
  return `# Reliability

Written by \`make chaos\`, experiment by experiment: each row is the newest run of its experiment, with the real RabbitMQ and NATS and the development database, everything on one machine.
The figures as JSON: [reliability.json](reliability.json).

What is counted is counted in the databases, the folders and the broker themselves, not asked of the services. A promise holds when nothing speaks against it.
Lost and doubled are effects and announcements (of the whole cluster: notices too), imbalance is what the ledgers say; – where an experiment counts nothing of the kind.

| | harm | what has to hold | lost | doubled | imbalance | verdict | seconds |
|---|---|---|---:|---:|---:|---|---:|
${rows.map(row).join('\n')}

## What makes it red

An experiment that cannot fail shows nothing. The mixed load spoils what it has left in four ways and has it judged again. \`PLANT=T7 make chaos\` runs T7 on a copy of the project whose code is broken,
and ends with 0 when T7 has seen it.

| | what is broken | what was said of it |
|---|---|---|
${[...rows.flatMap(spoilingRows), ...Object.values(plants).toSorted(byName).map(plantRow)].join('\n')}

${rows.map(section).join('\n')}
## Running it

\`make chaos\` runs all of it, \`FULL=1\` in the long forms; \`SEED\` repeats what is sent and killed, \`ONLY=mixed,T3\` runs single ones and leaves the other rows as they are.
`;
}

/** The whole cluster first, then as they are numbered. */
const byName = (one: { readonly name: string }, other: { readonly name: string }): number =>
  Number(other.name === 'mixed') - Number(one.name === 'mixed') ||
  one.name.localeCompare(other.name, 'en', { numeric: true });

const row = ({ name, title, promise, counts = {}, faults, tookMs }: Outcome): string =>
  `| ${name} | ${title} | ${promise} | ${counts.lost ?? '–'} | ${counts.doubled ?? '–'} | ${counts.imbalance ?? '–'} | ${faults.length === 0 ? 'held' : `**broken** (${faults.length})`} | ${Math.round(tookMs / 1_000)} |`;

const spoilingRows = ({ name, planted = [] }: Outcome): string[] =>
  planted.map(({ name: spoiling, what, said }) => `| ${name}, ${spoiling} | ${what} | ${saying(said)} |`);

const plantRow = ({ name, what, said }: Plant): string => `| ${name} | ${what} | ${saying(said)} |`;

const saying = (said: string | undefined): string =>
  said === undefined ? '**nothing**' : said.split('\n')[0]?.replaceAll('|', '\\|').slice(0, 200) || 'something';

const section = ({ name, title, figures, faults, ...run }: Outcome & Circumstances): string => `## ${name}: ${title}

${run.at.slice(0, 10)}, ${run.isLong ? 'long' : 'short'} form, \`SEED=${run.seed}\`; ${run.machine}, load ${run.load}.

| figure | |
|---|---:|
${Object.entries(figures)
  .map(([figure, value]) => `| ${figure} | ${value} |`)
  .join('\n')}
${faults
  .slice(0, shownFaults)
  .map((fault) => `\n- ${fault}`)
  .join('')}`;
