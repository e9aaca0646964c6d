import type { Lane } from '../define/define-job.ts';

/** Where fresh work of a queue is put, by priority. */
export const FRESH_LANES: readonly Lane[] = ['hi', 'std', 'lo'];

/** `retry` is the ladder's landing: it has no length limit, because nobody is left there to hear a refusal. */
export type BrokerLane = Lane | 'retry';
export const BROKER_LANES: readonly BrokerLane[] = [...FRESH_LANES, 'retry'];

/** Levels of the delay ladder: 250 ms · 2^level, up to 3.03 days in sum. */
export const LADDER_LEVELS = 20;
export const LADDER_UNIT_MS = 250;

/** A soft limit: the broker may take a burst over it before it refuses. What it refuses waits in the record. */
export const MAX_QUEUE_LENGTH = 10_000;
const MAX_QUEUE_BYTES = 64 * 1024 * 1024;
/** A net only: crashes are counted in the record. */
const DELIVERY_LIMIT = 20;

type ExchangeSpec = { name: string; type: 'topic' | 'fanout'; arguments: Record<string, unknown> };
type QueueSpec = { name: string; arguments: Record<string, unknown> };
type BindingSpec = { kind: 'queue' | 'exchange'; from: string; to: string; key: string };
export type Topology = { exchanges: ExchangeSpec[]; queues: QueueSpec[]; bindings: BindingSpec[] };

/** Every broker name derives from these; none is typed a second time. */
export type Names = ReturnType<typeof brokerNames>;

/** @param prefix carries the version of all arguments: they change by a new prefix, never in place. */
export function brokerNames(prefix: string, service: string) {
  const address = (queue: string, lane: BrokerLane) => `${service}_${queue.replaceAll('.', '-')}_${lane}`;
  return {
    service,
    address,
    commands: `${prefix}.cmd`,
    deliver: `${prefix}.deliver`,
    unrouted: `${prefix}.unrouted`,
    dead: `${prefix}.dead`,
    deadQueue: `${prefix}.dead.${service}`,
    hints: `${prefix}.hints`,
    queue: (queue: string, lane: BrokerLane) => `${prefix}.q.${address(queue, lane)}`,
    quarantineAddress: `${service}_quarantine`,
    quarantineQueue: `${prefix}.q.${service}_quarantine`,
    delay: (level: number) => `${prefix}.delay.${String(level).padStart(2, '0')}`,
  };
}

/** What the broker must hold for one service and its queues. Declaring it twice changes nothing. */
export function topologyOf(names: Names, queues: readonly string[], maxLength = MAX_QUEUE_LENGTH): Topology {
  const lanes = queues.map((queue) => queueTopology(names, queue, maxLength));
  const parts = [sharedTopology(names), ladderTopology(names), ...lanes];
  return {
    exchanges: parts.flatMap((part) => part.exchanges),
    queues: parts.flatMap((part) => part.queues),
    bindings: parts.flatMap((part) => part.bindings),
  };
}

function sharedTopology(names: Names): Topology {
  return {
    exchanges: [
      // No alternate exchange here: it would keep `mandatory` returns from ever firing.
      { name: names.commands, type: 'topic', arguments: {} },
      { name: names.deliver, type: 'topic', arguments: { 'alternate-exchange': names.unrouted } },
      { name: names.unrouted, type: 'fanout', arguments: {} },
      { name: names.dead, type: 'topic', arguments: {} },
      { name: names.hints, type: 'fanout', arguments: {} },
    ],
    queues: [
      { name: names.unrouted, arguments: { ...quorum(), 'x-max-length': MAX_QUEUE_LENGTH } },
      { name: names.deadQueue, arguments: quorum() },
      { name: names.quarantineQueue, arguments: { ...quorum(), ...deadLettering(names.dead, names.service) } },
    ],
    bindings: [
      { kind: 'queue', from: names.unrouted, to: names.unrouted, key: '' },
      { kind: 'queue', from: names.dead, to: names.deadQueue, key: names.service },
      { kind: 'queue', from: names.commands, to: names.quarantineQueue, key: names.quarantineAddress },
      { kind: 'queue', from: names.deliver, to: names.quarantineQueue, key: `#.${names.quarantineAddress}` },
    ],
  };
}

function queueTopology(names: Names, queue: string, maxLength: number): Topology {
  const bounded = { 'x-max-length': maxLength, 'x-max-length-bytes': MAX_QUEUE_BYTES };
  const lanes = BROKER_LANES.map((lane) => ({
    name: names.queue(queue, lane),
    address: names.address(queue, lane),
    arguments: { ...quorum(), ...deadLettering(names.dead, names.service), ...(lane === 'retry' ? {} : bounded) },
  }));
  const landing = names.address(queue, 'retry');
  return {
    exchanges: [],
    queues: lanes.map(({ name, arguments: args }) => ({ name, arguments: args })),
    bindings: [
      ...lanes.map(({ name, address }) => ({ kind: 'queue' as const, from: names.commands, to: name, key: address })),
      { kind: 'queue', from: names.deliver, to: names.queue(queue, 'retry'), key: `#.${landing}` },
    ],
  };
}

/**
 * The binary delay ladder (NServiceBus's design): level N holds a message for 250 · 2^N ms when bit N of its delay
 * is 1 and hands it down when it is 0, so that twenty queues delay by any number of units.
 */
function ladderTopology(names: Names): Topology {
  const levels = Array.from({ length: LADDER_LEVELS }, (_, level) => level);
  const below = (level: number) => (level === 0 ? names.deliver : names.delay(level - 1));
  const bit = (level: number, value: 0 | 1) => `${'*.'.repeat(LADDER_LEVELS - 1 - level)}${value}.#`;
  return {
    exchanges: levels.map((level) => ({ name: names.delay(level), type: 'topic', arguments: {} })),
    queues: levels.map((level) => ({
      name: names.delay(level),
      arguments: {
        ...quorum(),
        ...deadLettering(below(level)),
        'x-message-ttl': LADDER_UNIT_MS * 2 ** level,
      },
    })),
    bindings: levels.flatMap((level): BindingSpec[] => [
      { kind: 'queue', from: names.delay(level), to: names.delay(level), key: bit(level, 1) },
      { kind: 'exchange', from: names.delay(level), to: below(level), key: bit(level, 0) },
    ]),
  };
}

const quorum = () => ({ 'x-queue-type': 'quorum', 'x-queue-leader-locator': 'balanced' });

function deadLettering(exchange: string, key?: string): Record<string, unknown> {
  return {
    'x-dead-letter-exchange': exchange,
    ...(key && { 'x-dead-letter-routing-key': key, 'x-delivery-limit': DELIVERY_LIMIT }),
    'x-dead-letter-strategy': 'at-least-once',
    'x-overflow': 'reject-publish',
  };
}
