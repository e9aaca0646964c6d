import type { Lab } from '../lab.ts';
import { median } from '../statistics.ts';
import type { Ground } from './contestant.ts';
import { contestants, type Entry } from './contestants.ts';
import { type Backlog, backlogsOf, type Latency, latencyOf, type Throughput, throughputOf } from './measure.ts';
import { millrace } from './millrace.ts';
import { withPeerServers } from './servers.ts';

export type PeerFigures = {
  readonly name: string;
  readonly promises: string;
  readonly rates: readonly (Cell & Throughput)[];
  readonly calm: Latency;
  readonly busy: Latency;
  readonly backlogs: readonly Backlog[];
};

export type Cell = { readonly workers: number; readonly runMs: number };

export const cells: readonly Cell[] = [
  { workers: 1, runMs: 0 },
  { workers: 4, runMs: 0 },
  { workers: 1, runMs: 10 },
  { workers: 4, runMs: 10 },
];

export type Extent = {
  /** In a round of no-op jobs; half of them when each takes 10 ms. */
  readonly jobs: number;
  readonly rounds: number;
  /** Of a steady rate. */
  readonly seconds: number;
  /** Jobs that wait, ascending. */
  readonly backlogs: readonly number[];
  /** The same for Millrace alone. */
  readonly ownBacklogs: readonly number[];
};

/** Everybody beside everybody, each round in the same order, one at a time; medians over the rounds. */
export async function measurePeers(lab: Lab, extent: Extent, say: (line: string) => void): Promise<PeerFigures[]> {
  return withPeerServers(lab.directory, async (servers) => {
    const ground = { ...lab, ...servers };
    // Latency before throughput, whose thousands of records some stores still tidy for a while, and backlogs last.
    const latencies = new Map<string, Pick<PeerFigures, 'calm' | 'busy'>>();
    for (const entry of contestants) {
      say(`peers: ${entry.contestant.name} at 50 and 500 jobs/s …`);
      const at = (perSecond: number) => latencyOf(entry, ground, { perSecond, jobs: perSecond * extent.seconds });
      latencies.set(entry.contestant.name, { calm: await at(50), busy: await at(500) });
    }
    const rates = await ratesOf(ground, extent, say);
    const figures: PeerFigures[] = [];
    for (const entry of contestants) {
      const { name, promises } = entry.contestant;
      say(`peers: ${name} with a backlog …`);
      const sizes = entry.contestant === millrace ? extent.ownBacklogs : extent.backlogs;
      const taken = Math.min((extent.jobs / 2) * entry.share, Math.min(...sizes) / 2);
      const backlogs = await backlogsOf(entry, ground, { sizes, taken });
      const latency = latencies.get(name);
      if (!latency) throw new Error(`${name} has no latency`);
      figures.push({ name, promises, ...latency, rates: medians(rates.get(name) ?? []), backlogs });
    }
    return figures;
  });
}

type Rounds = (Cell & Throughput)[][];

async function ratesOf(
  ground: Ground,
  extent: Extent,
  say: (line: string) => void,
): Promise<ReadonlyMap<string, Rounds>> {
  const rates = new Map<string, Rounds>(contestants.map(({ contestant }) => [contestant.name, []]));
  for (let round = 1; round <= extent.rounds; round++) {
    for (const entry of contestants) {
      const { name } = entry.contestant;
      say(`peers: ${name}, round ${round} …`);
      rates.get(name)?.push(await roundOf(entry, ground, extent.jobs));
    }
  }
  return rates;
}

async function roundOf(entry: Entry, ground: Ground, jobs: number) {
  const round: (Cell & Throughput)[] = [];
  for (const cell of cells) {
    const count = cell.runMs === 0 ? jobs * entry.share : (jobs * Math.min(1, entry.share)) / 2;
    round.push({ ...cell, ...(await throughputOf(entry, ground, { ...cell, jobs: count })) });
  }
  return round;
}

function medians(rounds: Rounds): (Cell & Throughput)[] {
  return cells.map((cell, index) => {
    const found = rounds.map((round) => round[index]).filter((one) => one !== undefined);
    const of = (key: keyof Throughput) => median(found.map((one) => one[key]));
    return { ...cell, perSecond: of('perSecond'), workerMiB: of('workerMiB') };
  });
}
