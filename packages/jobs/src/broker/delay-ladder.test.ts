import fc from 'fast-check';
import { LADDER_MAX_MS, ladderRoute } from './delay-ladder.ts';
import { brokerNames, LADDER_LEVELS, LADDER_UNIT_MS, topologyOf } from './topology.ts';

const names = brokerNames('jobs.v1', 'shop');
const topology = topologyOf(names, ['orders.main']);
const address = names.address('orders.main', 'retry');

/** Follows a message through the declared bindings as a broker would, and says how long it was held, how often and where it ended. */
function walk({ exchange, key }: { exchange: string; key: string }) {
  const words = key.split('.');
  const levels = new Map(topology.queues.map(({ name, arguments: args }) => [name, args]));
  let at = exchange;
  let delayMs = 0;
  let hops = 0;
  for (let steps = 0; at !== names.deliver; steps++) {
    if (steps > LADDER_LEVELS) throw new Error(`lost at ${at}`);
    const level = Number(at.split('.').at(-1));
    const bit = words[LADDER_LEVELS - 1 - level];
    const bindings = topology.bindings.filter(({ from, key: pattern }) => from === at && matches(pattern, words));
    if (bindings.length !== 1) throw new Error(`${bindings.length} bindings for bit ${bit} at ${at}`);
    const { kind = 'queue', to = '' } = bindings[0] ?? {};
    if (kind === 'exchange') {
      at = to;
      continue;
    }
    const args = levels.get(to) ?? {};
    delayMs += Number(args['x-message-ttl']);
    hops++;
    at = String(args['x-dead-letter-exchange']);
  }
  const landings = topology.bindings.filter(
    ({ from, key: pattern }) => from === names.deliver && matches(pattern, words),
  );
  return { delayMs, hops, landings: landings.map(({ to }) => to) };
}

/** AMQP's topic rules for patterns with stars and one hash at either end. */
function matches(pattern: string, words: readonly string[]): boolean {
  const parts = pattern.split('.');
  if (parts[0] === '#') return parts.slice(1).join('.') === words.slice(words.length - parts.length + 1).join('.');
  if (parts.at(-1) !== '#') return pattern === words.join('.');
  return parts.slice(0, -1).every((part, index) => part === '*' || part === words[index]);
}

const delay = fc.oneof(
  fc.integer({ min: 1, max: LADDER_MAX_MS }),
  fc.integer({ min: 1, max: 10_000 }),
  fc.double({ min: 0.01, max: LADDER_MAX_MS, noNaN: true }),
);

test('a message is never early, at most an eighth and one unit late, and takes at most four hops', () => {
  fc.assert(
    fc.property(delay, (wantedMs) => {
      const { delayMs, hops, landings } = walk(ladderRoute(names, address, wantedMs));
      const inUnits = Math.ceil(wantedMs / LADDER_UNIT_MS) * LADDER_UNIT_MS;
      expect(delayMs).toBeGreaterThanOrEqual(wantedMs);
      expect(delayMs).toBeLessThanOrEqual(inUnits * 1.125);
      expect(hops).toBeLessThanOrEqual(4);
      expect(landings).toEqual([names.queue('orders.main', 'retry')]);
    }),
    { numRuns: 2_000 },
  );
});

test.each([
  { wantedMs: 1, heldMs: 250, level: 0 },
  { wantedMs: 250, heldMs: 250, level: 0 },
  { wantedMs: 251, heldMs: 500, level: 1 },
  { wantedMs: 750, heldMs: 750, level: 1 },
  { wantedMs: 15 * 250, heldMs: 15 * 250, level: 3 },
  { wantedMs: 17 * 250, heldMs: 18 * 250, level: 4 },
  { wantedMs: LADDER_MAX_MS, heldMs: LADDER_MAX_MS, level: 19 },
  { wantedMs: LADDER_MAX_MS * 2, heldMs: LADDER_MAX_MS, level: 19 },
  { wantedMs: 0, heldMs: 250, level: 0 },
  { wantedMs: -5, heldMs: 250, level: 0 },
])('$wantedMs ms are held for $heldMs ms from level $level on', ({ wantedMs, heldMs, level }) => {
  const route = ladderRoute(names, address, wantedMs);

  expect(route.exchange).toBe(names.delay(level));
  expect(walk(route).delayMs).toBe(heldMs);
});

test('a routing key stays below the broker limit of 255 bytes', () => {
  const long = names.address('mesh-of-a-very-long-queue-name.generation-for-heavy-work', 'retry');

  expect(ladderRoute(names, long, LADDER_MAX_MS).key.length).toBeLessThan(255);
});
