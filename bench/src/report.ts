import { connections } from './bare-claims.ts';
import { type PoolResults, warmUp } from './pool.ts';
import type { SearchTime } from './search.ts';
import type { SeedingTime } from './seeding.ts';

export function seedingSection(seeding: readonly SeedingTime[]): string {
  return `## Seeding a campaign

${table(
  ['profile', 'mode', 'rows', 'ms', 'ms per row', 'database round trips'],
  seeding.map(({ profile, mode, rows, ms, msPerRow, roundTrips }) => [
    profile,
    mode,
    rows,
    ms.toFixed(0),
    msPerRow.toFixed(3),
    roundTrips,
  ]),
)}

Batch beside row by row at ${rowsOf(seeding, 'full')} rows, alternating in the same run: **${gain(seeding).toFixed(1)} times faster**, ${savedTrips(seeding)} round trips fewer.
From \`full\` to \`huge\` (${(rowsOf(seeding, 'huge') / rowsOf(seeding, 'full')).toFixed(0)} times the rows) a batch takes ${(timeOf(seeding, 'huge') / timeOf(seeding, 'full')).toFixed(1)} times as long: the cost is linear, with a fixed part of about ${fixedMs(seeding).toFixed(0)} ms.

A seeding uploads no picture. Its rows point to the files of the template; see [image-url-sharing.md](image-url-sharing.md).
`;
}

export function poolSection({ times, rush }: PoolResults): string {
  const p99Of = (profile: string) => times.find((row) => row.profile === profile)?.p99Ms ?? Number.NaN;
  return `## Creating a campaign

${table(
  ['profile', 'claims', 'p50 ms', 'p99 ms', 'cold, median ms', 'times p50'],
  times.map(({ profile, claims, p50Ms, p99Ms, coldMs }) => [
    profile,
    claims,
    p50Ms.toFixed(1),
    p99Ms.toFixed(1),
    coldMs.toFixed(0),
    (coldMs / p50Ms).toFixed(0),
  ]),
)}

\`POST /campaigns\` over HTTP, one after the other, with members ready, until the answer, which is a ready campaign. Cold until the campaign is ready, by the same request and looks at it every 5 ms. Both without an Idempotency-Key, on the same service in the same run, by people who have listed their campaigns before.
What a claim writes does not grow with what the campaign holds, what a cold creation writes does: p99 of a claim at \`huge\` is ${(p99Of('huge') / p99Of('tiny')).toFixed(2)} times that at \`tiny\`.
Before what counts, ${warmUp.claims} claims and ${warmUp.rushes} rushes warm the service up.

${rush.asked} people at once and ${rush.ready} members, ${rush.rounds} times: ${rush.hits} hits, ${rush.misses} misses, ${rush.twice} members given twice, ${rush.errors} errors; 95 % of the hits were answered within ${rush.hitP95Ms.toFixed(0)} ms.
The same rush at the database alone, a \`findOneAndUpdate\` for each person over ${connections} connections, by turns with it: ${rush.bareHitP95Ms.toFixed(0)} ms. A whole request takes **${(rush.hitP95Ms / rush.bareHitP95Ms).toFixed(2)}** times that.
`;
}

export function searchSection(search: readonly SearchTime[]): string {
  return `## Search among 100,000 waiting jobs

${table(
  ['question', 'answers', 'p50 ms', 'p99 ms'],
  search.map(({ question, answers, p50Ms, p99Ms }) => [question, answers, p50Ms.toFixed(0), p99Ms.toFixed(0)]),
)}

The bound is 500 ms a page. A page of 50 but for bulk retry, whose pages are as large as can be done in 200 ms, at most 500 jobs: found, changed, rung for and entered.
`;
}

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, index) => (index < 2 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

const find = (seeding: readonly SeedingTime[], profile: string, mode: string) => {
  const time = seeding.find((candidate) => candidate.profile === profile && candidate.mode === mode);
  if (!time) throw new Error(`seeding ${profile}/${mode} was not measured`);
  return time;
};
const timeOf = (seeding: readonly SeedingTime[], profile: string) => find(seeding, profile, 'batch').ms;
const rowsOf = (seeding: readonly SeedingTime[], profile: string) => find(seeding, profile, 'batch').rows;
const gain = (seeding: readonly SeedingTime[]) =>
  find(seeding, 'full', 'single').ms / find(seeding, 'full', 'batch').ms;
const savedTrips = (seeding: readonly SeedingTime[]) =>
  find(seeding, 'full', 'single').roundTrips - find(seeding, 'full', 'batch').roundTrips;

/** Where the line through `full` and `huge` meets zero rows. */
function fixedMs(seeding: readonly SeedingTime[]): number {
  const [small, large] = [find(seeding, 'full', 'batch'), find(seeding, 'huge', 'batch')];
  const slope = (large.ms - small.ms) / (large.rows - small.rows);
  return Math.max(0, small.ms - slope * small.rows);
}
