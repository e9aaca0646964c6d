import { writeFile } from 'node:fs/promises';
import { measureCreations } from './albums.ts';
import { isLong } from './config.ts';
import { measureInbox } from './inbox.ts';
import { measureLatency } from './jobs-latency.ts';
import { measureThroughput } from './jobs-throughput.ts';
import { withLab } from './lab.ts';
import { measureDoor, measureMeshes } from './meshes.ts';
import { measurePool } from './pool.ts';
import { type Results, report } from './report.ts';
import { measureSearch } from './search.ts';
import { measureSeeding } from './seeding.ts';

/** Measures everything beside its peer in one run and writes the table that stands in docs/. */
const results: Omit<Results, 'meshes' | 'door'> = await withLab(async (lab) => {
  say('seeding: batch beside single, then from tiny to huge …');
  const full = await measureSeeding(lab, { profile: 'full', modes: ['batch', 'single'], rounds: isLong ? 9 : 5 });
  const tiny = await measureSeeding(lab, { profile: 'tiny', modes: ['batch'], rounds: isLong ? 15 : 7 });
  const huge = await measureSeeding(lab, { profile: 'huge', modes: ['batch'], rounds: isLong ? 5 : 3 });
  say('pool: claims from tiny to huge, cold creations, a rush …');
  const rush = { asked: 100, ready: 60, rounds: isLong ? 7 : 3 };
  const pool = await measurePool(lab, { claims: isLong ? 100 : 40, cold: 5, rush });
  // Before the throughput, whose thousands of records the store still deletes for a while.
  say('jobs: latency at 50/s beside bare amqplib …');
  const latency = await measureLatency(lab, { perSecond: 50, jobs: isLong ? 3_000 : 1_000 });
  say('jobs: throughput beside bare amqplib …');
  const throughput = await measureThroughput(lab, { jobs: isLong ? 20_000 : 4_000, rounds: isLong ? 5 : 3 });
  say('search: 100,000 waiting jobs …');
  const search = await measureSearch(lab, { jobs: 100_000, rounds: isLong ? 50 : 15 });
  say('inbox: from an event to the open page …');
  const inbox = await measureInbox(lab, { perSecond: 50, seconds: isLong ? 60 : 15, people: 25 });
  say('albums: created beside a provider that answers and one that is dead …');
  const albums = await measureCreations(lab, { albums: isLong ? 2_000 : 500 });
  return { albums, search, inbox, seeding: [...tiny, ...full, ...huge], pool, throughput, latency };
});

say('meshes: beside thinned grids …');
const meshes = await measureMeshes({ rounds: isLong ? 5 : 2 });

say('meshes: over gRPC, beside a pool of processes …');
const door = await measureDoor({ jobs: isLong ? 64 : 16 });

const text = report({ ...results, meshes, door });
process.stdout.write(`\n${text}`);
await writeFile(new URL('../../docs/performance.md', import.meta.url), text);

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
