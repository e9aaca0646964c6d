import type { RunningComponent } from '@millrace/stack';
import { components, privateComponent, until } from '@millrace/testkit';
import { asDead, type NatsWorld, natsWorld, ripe, ripened } from './bus-under-test.ts';
import { onEvent } from './subscription.ts';

describe('an event bus whose NATS fails', () => {
  let nats: RunningComponent;
  let world: NatsWorld;
  beforeAll(async () => {
    nats = await privateComponent('nats');
  });
  beforeEach(async () => {
    await nats.start();
    world = await natsWorld({ ...components(), natsUrl: nats.url });
  });
  afterEach(async () => {
    await nats.kill('SIGCONT');
    await nats.start();
    await world.end();
  });

  const listening = () => {
    const heard: string[] = [];
    // One at a time, so that they are heard in the order of the stream.
    return { heard, subscription: onEvent(ripened, async ({ id }) => void heard.push(id), { concurrency: 1 }) };
  };

  it('keeps what was told through kill -9 and hears on after the restart', async () => {
    const { heard, subscription } = listening();
    const teller = await world.bus({ service: 'garden' });
    const events = [ripe('fig'), ripe('pear')];
    await teller.publish(events);
    await nats.kill('SIGKILL');
    const hearer = world.startableBus({ subscriptions: [subscription] });
    await hearer.start();

    await nats.start();
    await until(() => heard.length === 2 && teller.isReady().ready, { withinMs: 10_000 });
    const late = ripe('plum');
    await teller.publish([late]);
    await until(() => heard.length === 3);

    expect(heard).toEqual([...events, late].map(({ id }) => id));
  });

  it('brings stream and durables back after its data was deleted, and tells of the loss', async () => {
    const { heard, subscription } = listening();
    const bus = await world.bus({ subscriptions: [subscription] });
    const [before, after] = [ripe('fig'), ripe('pear')];
    await bus.publish([before]);
    await until(() => heard.length === 1);
    let resets = 0;
    bus.onStreamReset(async () => {
      resets++;
      await bus.publish([before]);
    });

    await nats.kill('SIGKILL');
    await nats.wipe();
    await nats.start();
    await until(() => bus.isReady().ready && resets === 1, { withinMs: 10_000 });
    await bus.publish([after]);
    await until(() => heard.length > 1);

    expect(heard).toEqual([before.id, after.id]);
  });

  it('tells of a loss that happened while it was away', async () => {
    const first = await world.bus();
    await first.publish([ripe('fig')]);
    await until(() => world.knowsStream());
    await first.stop();
    await nats.kill('SIGKILL');
    await nats.wipe();
    await nats.start();

    let resets = 0;
    const second = world.startableBus();
    second.onStreamReset(() => {
      if (++resets === 1) throw new Error('not yet');
    });
    await second.start();
    await until(() => resets === 2);

    const third = await world.bus();
    let thirdResets = 0;
    third.onStreamReset(() => void thirdResets++);
    await until(() => third.publish([ripe('pear')]).then(() => true));
    expect(thirdResets).toBe(0);
  });

  it('starts without a server, says what is missing, and works once it is there', async () => {
    const { heard, subscription } = listening();
    await nats.kill('SIGKILL');
    const bus = world.startableBus({ subscriptions: [subscription] });

    await bus.start();

    expect(bus.isReady()).toEqual({
      ready: false,
      reasons: [expect.stringMatching(/^nats: not connected to 127\.0\.0\.1:\d+$/)],
    });
    await expect(bus.publish([ripe('fig')])).rejects.toMatchObject({ code: 'events-unavailable' });
    await nats.start();
    const event = ripe('fig');
    await until(() => bus.publish([event]).then(() => true));
    await until(() => heard.length === 1);
    expect(heard).toEqual([event.id]);
  });

  it('stops while the server is away', async () => {
    const bus = await world.bus({ subscriptions: [listening().subscription] });
    await nats.kill('SIGKILL');
    await until(() => !bus.isReady().ready);

    await bus.stop();

    expect(bus.isReady().ready).toBe(false);
  });

  it.each([
    ['killed', 'SIGKILL'],
    ['silent', 'SIGSTOP'],
  ] as const)('rejects an event within its time while the server is %s', async (_, down) => {
    const bus = await world.bus({ timing: { publishTimeoutMs: 500 } });
    await nats.kill(down);
    const begun = performance.now();

    await expect(bus.publish([ripe('fig')])).rejects.toMatchObject({ code: 'events-unavailable' });

    expect(performance.now() - begun).toBeLessThan(1_500);
  });

  it('drops by the inbox what is told again after a restart', async () => {
    const { heard, subscription } = listening();
    const bus = await world.bus({ subscriptions: [subscription] });
    const event = ripe('fig');
    await bus.publish([event]);
    await until(() => heard.length === 1);

    await nats.kill('SIGKILL');
    await nats.start();
    await until(() => bus.replay(asDead(event)).then(() => true), { withinMs: 10_000 });
    await until(() => world.duplicates(event.id).then((count) => count >= 1));

    expect(heard).toEqual([event.id]);
  });
});

describe('an event bus whose database fails', () => {
  let mongodb: RunningComponent;
  let world: NatsWorld;
  beforeAll(async () => {
    mongodb = await privateComponent('mongodb');
    world = await natsWorld({ ...components(), mongodbUri: mongodb.url });
  });
  afterAll(async () => {
    await mongodb.start();
    await world.end();
  });

  it('pulls nothing while the database is away, so that no delivery is spent', async () => {
    const heard: string[] = [];
    const subscription = onEvent(ripened, async ({ id }) => void heard.push(id), { maxDeliveries: 1 });
    const bus = await world.bus({ subscriptions: [subscription] });
    const event = ripe('fig');
    // The development database does not survive being killed while it makes an index.
    await until(() => world.hasInbox());

    await mongodb.kill('SIGKILL');
    await until(() => !world.isDatabaseThere(), { withinMs: 20_000 });
    await bus.publish([event]);
    await mongodb.start();
    await until(() => heard.length === 1, { withinMs: 20_000 });

    expect(heard).toEqual([event.id]);
    expect(world.letters).toEqual([]);
  });
});
