import { components, until } from '@millrace/testkit';
import { inlineWorld, natsWorld, ripe, ripened, type World } from './bus-under-test.ts';
import { onEvent } from './subscription.ts';

const implementations: [string, () => Promise<World>][] = [
  ['NATS JetStream', () => natsWorld(components())],
  ['the inline twin', inlineWorld],
];

describe.each(implementations)('handlers of an event bus on %s', (_, open) => {
  let world: World;
  beforeEach(async () => {
    world = await open();
  });
  afterEach(() => world.end());

  /** A subscription whose handlers wait until they are released. */
  const held = () => {
    const gate = Promise.withResolvers<void>();
    const state = { started: 0, ended: 0, most: 0, release: gate.resolve };
    const subscription = onEvent(ripened, async () => {
      state.started++;
      state.most = Math.max(state.most, state.started - state.ended);
      await gate.promise;
      state.ended++;
    });
    return { state, subscription };
  };

  it('are at most 16 at once', async () => {
    const { state, subscription } = held();
    const bus = await world.bus({ subscriptions: [subscription] });
    await bus.publish(Array.from({ length: 40 }, () => ripe('fig')));
    await until(() => state.started === 16);

    state.release();
    await until(() => state.ended === 40);

    expect(state.most).toBe(16);
  });

  it('are waited for by stop, and not told again afterwards', async () => {
    const { state, subscription } = held();
    const bus = await world.bus({ subscriptions: [subscription] });
    await bus.publish([ripe('fig')]);
    await until(() => state.started === 1);

    const stopped = bus.stop();
    state.release();
    await stopped;
    const next = held();
    const nextBus = await world.bus({ subscriptions: [next.subscription] });
    await nextBus.publish([ripe('pear')]);
    await until(() => next.state.started > 0);

    expect(state).toMatchObject({ started: 1, ended: 1 });
    expect(next.state.started).toBe(1);
    next.state.release();
  });

  it('are aborted when stop has waited long enough, and their event goes to the next replica', async () => {
    let started = 0;
    const reasons: string[] = [];
    const stuck = onEvent(ripened, (_event, { signal }) => {
      started++;
      const { promise, resolve } = Promise.withResolvers<void>();
      signal.addEventListener('abort', () => {
        reasons.push(signal.reason.message);
        resolve();
      });
      return promise;
    });
    const bus = await world.bus({ subscriptions: [stuck], timing: { drainMs: 50 } });
    const event = ripe('fig');
    await bus.publish([event]);
    await until(() => started === 1);
    await bus.stop();

    const heard: string[] = [];
    await world.bus({ subscriptions: [onEvent(ripened, async ({ id }) => void heard.push(id))] });
    await until(() => heard.length === 1);

    expect(reasons).toEqual(['shutdown']);
    expect(heard).toEqual([event.id]);
  });

  it('are given up at their timeout, and their event comes again', async () => {
    let calls = 0;
    const stuckOnce = onEvent(ripened, () => (++calls === 1 ? new Promise(() => {}) : Promise.resolve()));
    const bus = await world.bus({ subscriptions: [stuckOnce], timing: { handlerTimeoutMs: 50 } });

    await bus.publish([ripe('fig')]);
    await until(() => calls === 2);

    expect(world.letters).toEqual([]);
  });

  it('end with a stop before the start and with a second stop', async () => {
    const bus = await world.bus();

    await bus.stop();
    await bus.stop();

    expect(bus.isReady().ready).toBe(false);
    await expect(bus.publish([ripe('fig')])).rejects.toMatchObject({ code: 'events-unavailable' });
  });

  it('go on after the broker has lost its data, which is told', async () => {
    const heard: string[] = [];
    const bus = await world.bus({ subscriptions: [onEvent(ripened, async ({ id }) => void heard.push(id))] });
    const [before, after] = [ripe('fig'), ripe('pear')];
    await bus.publish([before]);
    await until(() => heard.length === 1);
    let resets = 0;
    bus.onStreamReset(async () => {
      resets++;
      await bus.publish([before]);
    });

    await world.wipe();
    await until(() => bus.publish([after]).then(() => true));
    await until(() => heard.length === 2 && resets === 1);

    expect(heard).toEqual([before.id, after.id]);
  });
});
