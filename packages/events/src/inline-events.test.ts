import { ripe, ripened } from './bus-under-test.ts';
import type { DeadEvent } from './dead-event.ts';
import { createInlineEvents } from './inline-events.ts';
import { onEvent } from './subscription.ts';

const log = { debug() {}, info() {}, warn() {}, error() {} };

/** A running bus whose handler fails the given number of times. */
async function setup({ failures, maxDeliveries = 8 }: { failures: number; maxDeliveries?: number }) {
  const events = createInlineEvents();
  const state = { calls: 0, letters: [] as DeadEvent[] };
  const hear = async () => {
    if (++state.calls <= failures) throw new Error('not yet');
  };
  const bus = events.createBus({
    service: 'kitchen',
    subscriptions: [onEvent(ripened, hear, { maxDeliveries })],
    bury: async (letter) => state.letters.push(letter),
    log,
    timing: { backoffMs: [1] },
  });
  await bus.start();
  return { events, bus, state };
}

describe('the inline twin', () => {
  it('has settled when redeliveries have come to their end', async () => {
    const { events, bus, state } = await setup({ failures: 3 });

    await bus.publish([ripe('fig')]);
    await events.settled();

    expect(state).toEqual({ calls: 4, letters: [] });
  });

  it('has settled when an event is buried', async () => {
    const { events, bus, state } = await setup({ failures: 9, maxDeliveries: 3 });

    await bus.publish([ripe('fig')]);
    await events.settled();

    expect(state).toMatchObject({ calls: 3, letters: [{ reason: 'handler-failed' }] });
  });

  it('has settled when nobody runs who would hear', async () => {
    const { events, bus, state } = await setup({ failures: 0 });
    await bus.stop();

    events.inject(ripened.type, 'nonsense');
    await events.settled();

    expect(state).toEqual({ calls: 0, letters: [] });
  });
});
