import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { WholeCluster } from '../cluster/whole-cluster.ts';
import type { Finding } from '../scenario.ts';
import { brokerCensus } from './broker-census.ts';
import { liveMemory } from './live-memory.ts';
import { Series } from './series.ts';
import { openHandles, residentMiB, storedMiB } from './usage.ts';

/** What may be more after a run than in its middle, and is no leak: caches that fill. */
export type Allowed = {
  readonly everyMs: number;
  readonly memoryMiB: number;
  readonly handles: number;
  readonly channels: number;
  readonly brokerMiB: number;
};

/** Whoever asks the broker starts a virtual machine for it. */
const roundsPerCensus = 3;

/** `memory` is what a service holds after a collection, and what is resident of the engine. */
type Watched = {
  readonly name: string;
  readonly memory: Series;
  readonly resident: Series;
  readonly handles: Series;
};

/** Measures memory, handles, channels and disk from now on until it is told to stop. */
export function watch({ parts, rabbitmq, directory }: WholeCluster, memoryFolder: string, { everyMs }: Allowed) {
  const ours: Watched[] = parts
    .filter(({ kind }) => kind === 'ours')
    .map(({ name }) => ({ name, memory: new Series(), resident: new Series(), handles: new Series() }));
  const pidOf = (name: string) => parts.find((part) => part.name === name)?.pid ?? 0;
  const services = ours.filter(({ name }) => name !== 'mesh-engine').map(({ name }) => name);
  const [channels, connections, brokerDisk] = [new Series(), new Series(), new Series()];
  const stopping = new AbortController();

  async function look(round: number): Promise<void> {
    const live = await liveMemory(memoryFolder, services.map(pidOf));
    for (const { name, memory, resident, handles } of ours) {
      const pid = pidOf(name);
      const residentNow = await residentMiB(pid);
      resident.add(residentNow);
      memory.add(live.get(pid) ?? residentNow);
      handles.add(await openHandles(pid));
    }
    brokerDisk.add(await storedMiB(join(directory, 'rabbitmq/data')));
    if (round % roundsPerCensus > 0) return;
    const census = await brokerCensus(rabbitmq, directory);
    channels.add(census?.channels ?? Number.NaN);
    connections.add(census?.connections ?? Number.NaN);
  }

  const looking = (async () => {
    for (let round = 0; !stopping.signal.aborted; round++) {
      await look(round);
      await delay(everyMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  })();

  return {
    async stop() {
      stopping.abort();
      await looking;
      return { ours, channels, connections, brokerDisk };
    },
  };
}

export type Watch = Awaited<ReturnType<ReturnType<typeof watch>['stop']>>;

/** Says what has grown by how much, and what of it is too much. */
export function judgeGrowth(
  { ours, channels, connections, brokerDisk }: Watch,
  allowed: Allowed,
): Omit<Finding, 'counts'> {
  const most = (of: 'memory' | 'handles') =>
    ours.toSorted((one, other) => other[of].growth - one[of].growth)[0] as Watched;
  const sum = (of: (one: Watched) => number) => ours.reduce((total, one) => total + of(one), 0);
  const rows = [
    ...ours.map(({ name, memory }) => [`memory of ${name}`, memory.growth, allowed.memoryMiB, 'MiB'] as const),
    ...ours.map(({ name, handles }) => [`open handles of ${name}`, handles.growth, allowed.handles, ''] as const),
    ['channels at the broker', channels.growth, allowed.channels, ''] as const,
    ['disk of the broker', brokerDisk.growth, allowed.brokerMiB, 'MiB'] as const,
  ];
  return {
    figures: {
      'processes watched': ours.length,
      'resident of all at the end MiB': Math.round(sum(({ resident }) => resident.last)),
      'resident grown, all, MiB': round(sum(({ resident }) => resident.growth)),
      'memory of all at the end MiB': Math.round(sum(({ memory }) => memory.last)),
      'memory grown, all, MiB': round(sum(({ memory }) => memory.growth)),
      [`memory grown most, MiB (${most('memory').name})`]: round(most('memory').memory.growth),
      'open handles of all at the end': sum(({ handles }) => handles.last),
      [`open handles grown most (${most('handles').name})`]: most('handles').handles.growth,
      'channels at the end': channels.last,
      'channels grown': channels.growth,
      'connections grown': connections.growth,
      'disk of the broker at the end MiB': Math.round(brokerDisk.last),
      'disk of the broker grown MiB': round(brokerDisk.growth),
    },
    faults: rows
      // What could not be measured is not shown to be flat.
      .filter(([, growth, limit]) => !(growth <= limit))
      .map(
        ([what, growth, limit, unit]) => `${what} has grown by ${round(growth)} ${unit}, at most ${limit} are right`,
      ),
  };
}

const round = (value: number) => Math.round(value * 10) / 10;
