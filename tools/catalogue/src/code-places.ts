import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ContractList, kebab } from './contract-list.ts';

/** Who performs and who hears, as the services' code says it; and where code and contracts disagree. */
export type CodePlaces = {
  /** Services by the event type that they hear, sorted. */
  readonly hearers: ReadonlyMap<string, readonly string[]>;
  /** One sentence each. */
  readonly faults: readonly string[];
};

/** One file of a service. */
type Source = { readonly path: string; readonly service: string; readonly text: string };

/** Reads `services/` below the root. */
export function readPlaces(root: string, contracts: ContractList): CodePlaces {
  const sources = readSources(root);
  const hearings = findHearings(sources, contracts);
  return {
    hearers: groupHearers(hearings),
    faults: [...jobFaults(sources, contracts), ...hearingFaults(sources, hearings)],
  };
}

function readSources(root: string): Source[] {
  const paths = globSync('services/*/src/**/*.ts', { cwd: root, exclude: (name) => name === 'node_modules' });
  return paths
    .filter((path) => !path.endsWith('.test.ts'))
    .sort()
    .map((path) => ({ path, service: path.split('/')[1] ?? '', text: readFileSync(join(root, path), 'utf8') }));
}

/** Every contract has its file, and no file defines a job that has no contract of its service. */
function jobFaults(sources: readonly Source[], { jobs }: ContractList): string[] {
  const missing = jobs.flatMap(({ owner, constant, contract }) => {
    const path = `services/${owner}/src/jobs/${kebab(constant)}.ts`;
    const source = sources.find((one) => one.path === path);
    if (!source) return [`job ${contract.name} has no file ${path}; write it, or remove the contract ${constant}`];
    if (namesIn(source.text, 'defineJob').includes(constant)) return [];
    return [`${path} does not call defineJob(${constant}, …), which its name promises`];
  });
  const stray = sources.flatMap(({ path, service, text }) =>
    namesIn(text, 'defineJob')
      .filter((constant) => !jobs.some((job) => job.owner === service && job.constant === constant))
      .map(
        (constant) => `${path} defines ${constant}, which is no contract of ${service}; state it in packages/contracts`,
      ),
  );
  return [...missing, ...stray];
}

type Hearing = { readonly source: Source; readonly constant: string; readonly type: string | undefined };

function findHearings(sources: readonly Source[], { events }: ContractList): Hearing[] {
  return sources.flatMap((source) =>
    namesIn(source.text, isCatalogue(source.path) ? 'row' : 'onEvent').map((constant) => {
      const event = events.find((one) => one.constant === constant);
      return { source, constant, type: event?.contract.type };
    }),
  );
}

/** Every event is heard in the file that bears its name or by a row of a catalogue, and no such file hears anything else. */
function hearingFaults(sources: readonly Source[], hearings: readonly Hearing[]): string[] {
  const misplaced = hearings.flatMap(({ source: { path, service }, constant, type }) => {
    if (type === undefined)
      return [`${path} hears ${constant}, which is no event contract; state it in packages/contracts`];
    if (isCatalogue(path)) return [];
    const expected = `services/${service}/src/events/on-${type.replaceAll('.', '-')}.ts`;
    return path === expected ? [] : [`${path} hears ${type}; move that to ${expected}`];
  });
  const silent = sources
    .filter(({ path }) => /\/events\/on-[^/]+\.ts$/.test(path) && !hearings.some(({ source }) => source.path === path))
    .map(({ path }) => `${path} hears nothing; call onEvent there, or remove the file`);
  return [...misplaced, ...silent];
}

/** Where a service lists what it hears, a row for each event. */
const isCatalogue = (path: string): boolean => /^services\/[^/]+\/src\/domain\/catalogue\.ts$/.test(path);

function groupHearers(hearings: readonly Hearing[]): Map<string, string[]> {
  const hearers = new Map<string, string[]>();
  for (const { type, source } of hearings) {
    if (type !== undefined) hearers.set(type, [...new Set([...(hearers.get(type) ?? []), source.service])].sort());
  }
  return hearers;
}

/** The first arguments of calls, where they are plain names. */
const namesIn = (text: string, called: string): string[] =>
  [...text.matchAll(new RegExp(`\\b${called}\\(\\s*(\\w+)\\s*,`, 'g'))].map(([, name = '']) => name);
