import { setTimeout as delay } from 'node:timers/promises';
import { chanceOf } from '../chance.ts';
import type { Part } from '../cluster/part.ts';
import type { WholeCluster } from '../cluster/whole-cluster.ts';
import type { WireName } from '../cluster/wires.ts';

/** One piece of harm, as the seed has it. */
type Harm = {
  readonly afterMs: number;
  readonly deed:
    | { readonly kind: 'kill'; readonly part: string; readonly isWiped: boolean }
    | { readonly kind: 'cut' | 'stall'; readonly wire: WireName; readonly forMs: number };
};

/** Ours are more, so each of them is hit more seldom than a component. */
const victims = [
  ['ours', 6],
  ['rabbitmq', 1],
  ['nats', 1],
  ['mongodb', 1],
  ['wire', 3],
] as const;

const betweenMs = [2_000, 4_500] as const;
const cutMs = [1_000, 8_000] as const;
const stallsShare = 0.4;
/** Of the deaths of the broker and of the bus, so many end with their data deleted: neither may be needed for good. */
const wipedShare = 0.4;
const wipeable = ['rabbitmq', 'nats'];

/** Endless; the same for the same seed and parts. */
function* harmsOf(seed: number, parts: readonly Pick<Part, 'name' | 'kind'>[]): Generator<Harm> {
  const chance = chanceOf(seed, 'trouble');
  const ours = parts.filter(({ kind }) => kind === 'ours');
  for (;;) {
    const afterMs = chance.between(...betweenMs);
    const victim = chance.weighted(victims);
    if (victim === 'wire') {
      const kind = chance.next() < stallsShare ? 'stall' : 'cut';
      const wire = chance.oneOf(['rabbitmq', 'nats', 'mongodb'] as const);
      yield { afterMs, deed: { kind, wire, forMs: chance.between(...cutMs) } };
    } else {
      const part = victim === 'ours' ? chance.oneOf(ours).name : victim;
      const isWiped = wipeable.includes(part) && chance.next() < wipedShare;
      yield { afterMs, deed: { kind: 'kill', part, isWiped } };
    }
  }
}

export type Harmed = Record<
  | 'kills of ours'
  | 'kills of RabbitMQ'
  | 'kills of NATS'
  | 'kills of MongoDB'
  | 'of them with their data deleted'
  | 'wires cut or stalled',
  number
>;

const columnOf = {
  ours: 'kills of ours',
  rabbitmq: 'kills of RabbitMQ',
  nats: 'kills of NATS',
  mongodb: 'kills of MongoDB',
} as const;

/** Does harm after harm until it is told to stop, then mends everything. @returns how often it has done what, and what did not come back. */
export function makeTrouble(
  { parts, wires }: Pick<WholeCluster, 'parts' | 'wires'>,
  { seed, say }: { seed: number; say(line: string): void },
) {
  const stopping = new AbortController();
  const harmed: Harmed = {
    'kills of ours': 0,
    'kills of RabbitMQ': 0,
    'kills of NATS': 0,
    'kills of MongoDB': 0,
    'of them with their data deleted': 0,
    'wires cut or stalled': 0,
  };
  const faults: string[] = [];
  const mending = new Map<string, Promise<void>>();

  async function killAndRestart(part: Part, isWiped: boolean): Promise<void> {
    await part.kill();
    if (isWiped) {
      harmed['of them with their data deleted']++;
      await part.wipe?.();
    }
    for (let attempt = 1; ; attempt++) {
      const failure = await part.start().then(() => undefined, String);
      if (!failure) return;
      // Whoever starts while the broker or the database is away may give up; a supervisor would try again, too.
      if (attempt === 5) return void faults.push(`${part.name} did not come back: ${failure}`);
    }
  }

  async function breakWire(wire: WireName, kind: 'cut' | 'stall', forMs: number): Promise<void> {
    wires[wire][kind]();
    await delay(forMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    wires[wire].restore();
  }

  function begin({ deed }: Harm): void {
    const key = deed.kind === 'kill' ? deed.part : `wire to ${deed.wire}`;
    // What is being mended is left alone: a process cannot die twice.
    if (mending.has(key)) return;
    const part = deed.kind === 'kill' ? (parts.find(({ name }) => name === deed.part) as Part) : undefined;
    harmed[part ? columnOf[part.kind] : 'wires cut or stalled']++;
    say(sayingOf(deed));
    const work = part ? killAndRestart(part, 'isWiped' in deed && deed.isWiped) : breakWire(...wireOf(deed));
    mending.set(
      key,
      work.finally(() => mending.delete(key)),
    );
  }

  const running = (async () => {
    for (const harm of harmsOf(seed, parts)) {
      await delay(harm.afterMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      if (stopping.signal.aborted) return;
      begin(harm);
    }
  })();

  return {
    async stop(): Promise<{ harmed: Harmed; faults: readonly string[] }> {
      stopping.abort();
      await running;
      await Promise.all(mending.values());
      return { harmed, faults };
    },
  };
}

const sayingOf = (deed: Harm['deed']): string =>
  deed.kind === 'kill'
    ? `kill -9 ${deed.part}${deed.isWiped ? ' and delete its data' : ''}`
    : `${deed.kind} the wire to ${deed.wire} for ${deed.forMs} ms`;

function wireOf(deed: Harm['deed']): [WireName, 'cut' | 'stall', number] {
  if (deed.kind === 'kill') throw new Error('a kill needs no wire');
  return [deed.wire, deed.kind, deed.forMs];
}
