import { components, until } from '@millrace/testkit';
import { asDead, inlineWorld, natsWorld, ripe, ripened, type World } from './bus-under-test.ts';
import { encodeEvent, type HeardEvent } from './event.ts';
import { onEvent } from './subscription.ts';

const implementations: [string, () => Promise<World>][] = [
  ['NATS JetStream', () => natsWorld(components())],
  ['the inline twin', inlineWorld],
];

describe.each(implementations)('an event bus on %s', (_, open) => {
  let world: World;
  beforeEach(async () => {
    world = await open();
  });
  afterEach(() => world.end());

  /** A subscription that remembers what it heard, and does `then` with it. */
  const listening = (
    then: (event: HeardEvent<{ fruit: string; grams: number }>) => Promise<void> | void = () => {},
  ) => {
    const heard: HeardEvent<{ fruit: string; grams: number }>[] = [];
    const hear = async (event: (typeof heard)[number]) => {
      heard.push(event);
      await then(event);
    };
    // One at a time, so that they are heard in the order of the stream.
    const subscription = onEvent(ripened, hear, { concurrency: 1 });
    return { heard, subscription };
  };

  it('hands an event over with all it carries, its data parsed by the contract', async () => {
    const { heard, subscription } = listening();
    const bus = await world.bus({ subscriptions: [subscription] });
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const event = ripe('fig', { jobId: 'job-1', traceparent });

    await bus.publish([event]);
    await until(() => heard.length === 1);

    const { id, type, version, at, jobId } = event;
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    expect(heard).toEqual([{ id, type, version, at, jobId, traceId, data: { fruit: 'fig', grams: 100 } }]);
  });

  it('stores an id once that is told twice', async () => {
    const { heard, subscription } = listening();
    const bus = await world.bus({ subscriptions: [subscription] });
    const [fig, pear] = [ripe('fig'), ripe('pear')];

    await bus.publish([fig, fig]);
    await bus.publish([fig, pear]);
    await until(() => heard.some(({ id }) => id === pear.id));

    expect(heard.map(({ id }) => id)).toEqual([fig.id, pear.id]);
  });

  it('drops an event by the inbox that comes again after it was handled', async () => {
    const { heard, subscription } = listening();
    const bus = await world.bus({ subscriptions: [subscription] });
    const [fig, pear] = [ripe('fig'), ripe('pear')];
    await bus.publish([fig]);
    await until(() => heard.length === 1);

    await bus.replay(asDead(fig));
    await bus.publish([pear]);
    await until(() => heard.length > 1);

    expect(heard.map(({ id }) => id)).toEqual([fig.id, pear.id]);
  });

  it('tells a failed handler again after the backoff, until it succeeds', async () => {
    const times: number[] = [];
    const { subscription } = listening(() => {
      if (times.push(performance.now()) < 3) throw new Error('not yet');
    });
    const bus = await world.bus({ subscriptions: [subscription], timing: { backoffMs: [100, 200] } });

    await bus.publish([ripe('fig')]);
    await until(() => times.length === 3);

    const [first = 0, second = 0, third = 0] = times;
    expect(second - first).toBeGreaterThanOrEqual(79);
    expect(third - second).toBeGreaterThanOrEqual(159);
    expect(world.letters).toEqual([]);
  });

  it('buries an event after its last delivery, once, and goes on with the others', async () => {
    const { heard, subscription } = listening(({ data }) => {
      if (data.fruit === 'stone') throw new TypeError('not edible');
    });
    const bus = await world.bus({ subscriptions: [{ ...subscription, maxDeliveries: 3 }] });
    const [stone, fig] = [ripe('stone'), ripe('fig')];

    await bus.publish([stone, fig]);
    await until(() => world.letters.length === 1);

    expect(world.letters).toEqual([
      expect.objectContaining({
        source: 'event',
        messageId: stone.id,
        type: 'fruit.ripened',
        reason: 'handler-failed',
        deliveries: 3,
        error: expect.objectContaining({ name: 'TypeError', message: 'not edible' }),
        body: Buffer.from(encodeEvent(stone)),
      }),
    ]);
    expect(heard.filter(({ id }) => id === stone.id)).toHaveLength(3);
    expect(heard.filter(({ id }) => id === fig.id)).toHaveLength(1);
  });

  it('buries an event that is too large to be told, and tells those around it', async () => {
    const { heard, subscription } = listening();
    const bus = await world.bus({ subscriptions: [subscription] });
    const [fig, pear] = [ripe('fig'), ripe('pear')];
    const melon = ripe('melon'.repeat(500_000));

    await bus.publish([fig, melon, pear]);
    await until(() => heard.length === 2);

    expect(heard.map(({ id }) => id)).toEqual([fig.id, pear.id]);
    expect(world.letters).toEqual([
      expect.objectContaining({
        source: 'event',
        reason: 'too-large',
        messageId: melon.id,
        type: ripened.type,
        deliveries: 0,
        detail: expect.stringMatching(/^event fruit\.ripened has 25\d{5} bytes, at most \d{7} can be told/),
        body: Buffer.from(encodeEvent(melon)),
      }),
    ]);
    await expect(bus.replay(asDead(melon))).rejects.toMatchObject({ code: 'event-too-large' });
  });

  it('keeps an event that is too large as untold while its letter cannot be kept', async () => {
    const bus = await world.bus({ bury: () => Promise.reject(new Error('the database is away')) });

    await expect(bus.publish([ripe('melon'.repeat(500_000))])).rejects.toThrow('the database is away');
  });

  it('buries a message at once that is no event', async () => {
    const { heard, subscription } = listening();
    await world.bus({ subscriptions: [subscription] });

    await world.inject(ripened.type, '{"id":');
    await until(() => world.letters.length === 1);

    expect(world.letters).toEqual([
      expect.objectContaining({ reason: 'unreadable', deliveries: 1, body: Buffer.from('{"id":') }),
    ]);
    expect(heard).toEqual([]);
  });

  it('buries an event at once whose data the contract refuses', async () => {
    const { heard, subscription } = listening();
    const bus = await world.bus({ subscriptions: [subscription] });
    const event = ripe('fig', { data: { fruit: 7 } });

    await bus.publish([event]);
    await until(() => world.letters.length === 1);

    expect(world.letters).toEqual([
      expect.objectContaining({ reason: 'data-invalid', deliveries: 1, messageId: event.id }),
    ]);
    expect(heard).toEqual([]);
  });

  it('waits for newer code with an event of a newer version, and buries it in the end', async () => {
    const { subscription } = listening();
    const bus = await world.bus({ subscriptions: [{ ...subscription, maxDeliveries: 2 }] });

    await bus.publish([ripe('fig', { version: 2 })]);
    await until(() => world.letters.length === 1);

    expect(world.letters).toEqual([expect.objectContaining({ reason: 'version-unknown', deliveries: 2 })]);
  });

  it('delivers a dead event again while its letter cannot be kept', async () => {
    let refusals = 0;
    const bury = async (letter: (typeof world.letters)[number]) => {
      if (++refusals < 3) throw new Error('no room');
      world.letters.push(letter);
    };
    await world.bus({ subscriptions: [listening().subscription], bury });

    await world.inject(ripened.type, 'nonsense');
    await until(() => world.letters.length === 1);

    expect(world.letters).toEqual([expect.objectContaining({ deliveries: 3 })]);
  });

  it('hears a buried event again when it is replayed', async () => {
    let isBroken = true;
    const { heard, subscription } = listening(() => {
      if (isBroken) throw new Error('broken');
    });
    const bus = await world.bus({ subscriptions: [{ ...subscription, maxDeliveries: 1 }] });
    const event = ripe('fig');
    await bus.publish([event]);
    await until(() => world.letters.length === 1);

    isBroken = false;
    await bus.replay(asDead(event));
    await until(() => heard.length === 2);

    expect(heard.map(({ id }) => id)).toEqual([event.id, event.id]);
    expect(world.letters).toHaveLength(1);
  });

  it('tells every service, and shares the work among the replicas of one', async () => {
    const [one, two, other] = [listening(), listening(), listening()];
    const bus = await world.bus({ subscriptions: [one.subscription] });
    await world.bus({ subscriptions: [two.subscription] });
    await world.bus({ service: 'market', subscriptions: [other.subscription] });
    const events = Array.from({ length: 60 }, (_unused, index) => ripe(`fig ${index}`));

    await bus.publish(events);
    await until(() => one.heard.length + two.heard.length === 60 && other.heard.length === 60);

    const ids = (heard: readonly { id: string }[]) => heard.map(({ id }) => id).sort();
    expect(ids([...one.heard, ...two.heard])).toEqual(ids(events));
    expect(ids(other.heard)).toEqual(ids(events));
    expect(Math.min(one.heard.length, two.heard.length)).toBeGreaterThan(0);
  });

  it('starts a new subscription with the oldest event', async () => {
    const teller = await world.bus();
    const events = [ripe('fig'), ripe('pear')];
    await teller.publish(events);
    const { heard, subscription } = listening();

    await world.bus({ subscriptions: [subscription] });
    await until(() => heard.length === 2);

    expect(heard.map(({ id }) => id)).toEqual(events.map(({ id }) => id));
  });
});
