import { ripe, ripened } from './bus-under-test.ts';
import { type Delivery, type DeliveryContext, processDelivery } from './delivery.ts';
import { encodeEvent } from './event.ts';
import { createMemoryInbox } from './inbox.ts';
import { onEvent } from './subscription.ts';
import { defaultTiming, redeliveryDelayMs } from './timing.ts';

const log = { debug() {}, info() {}, warn() {}, error() {} };

/** One delivery and what was answered to it, in order. */
function setup({
  deliveries = 1,
  handle = async () => {},
}: {
  deliveries?: number;
  handle?: () => Promise<void>;
} = {}) {
  const answers: string[] = [];
  const inbox = createMemoryInbox();
  const event = ripe('fig');
  const delivery: Delivery = {
    subject: 'events.fruit.ripened',
    body: new TextEncoder().encode(encodeEvent(event)),
    headers: {},
    deliveries,
    ack: () => void answers.push('ack'),
    retry: () => void answers.push('retry'),
    drop: (why) => void answers.push(`drop ${why}`),
    keepAlive: () => {},
  };
  const context: DeliveryContext = {
    stream: 'EVENTS',
    durable: 'kitchen__fruit-ripened',
    subscription: onEvent(ripened, async () => {
      answers.push('effect');
      await handle();
    }),
    inbox: {
      ...inbox,
      async add(eventId) {
        answers.push('inbox');
        await inbox.add(eventId);
      },
    },
    bury: async ({ reason }) => answers.push(`bury ${reason}`),
    log,
    timing: defaultTiming,
    shutdown: new AbortController().signal,
  };
  return { answers, delivery, context, inbox, event };
}

const away = async (): Promise<never> => {
  throw new Error('database away');
};

describe('a delivery', () => {
  it('has its effect, then its inbox row, then its ack', async () => {
    const { answers, delivery, context } = setup();

    expect(await processDelivery(delivery, context)).toBe('handled');

    expect(answers).toEqual(['effect', 'inbox', 'ack']);
  });

  it('of an event in the inbox is only acknowledged', async () => {
    const { answers, delivery, context, inbox, event } = setup();
    await inbox.add(event.id);

    expect(await processDelivery(delivery, context)).toBe('duplicate');

    expect(answers).toEqual(['ack']);
  });

  it.each([
    ['asked', { knows: away }, ['retry']],
    ['written', { add: away }, ['effect', 'retry']],
  ])('whose inbox cannot be %s comes again, even at its last delivery', async (_, broken, expected) => {
    const { answers, delivery, context } = setup({ deliveries: 8 });

    expect(await processDelivery(delivery, { ...context, inbox: { ...context.inbox, ...broken } })).toBe('retried');

    expect(answers).toEqual(expected);
  });

  it('that fails for the last time is kept before it is dropped', async () => {
    const handle = async () => {
      throw new Error('broken');
    };
    const { answers, delivery, context } = setup({ deliveries: 8, handle });

    expect(await processDelivery(delivery, context)).toBe('buried');

    expect(answers).toEqual(['effect', 'bury handler-failed', 'drop handler-failed']);
  });

  it('that was never answered twice as often as allowed is buried unheard', async () => {
    const { answers, delivery, context } = setup({ deliveries: 17 });

    expect(await processDelivery(delivery, context)).toBe('buried');

    expect(answers).toEqual(['bury unanswered', 'drop unanswered']);
  });

  it('that fails while the service stops goes to another replica at once, and is not buried', async () => {
    const stop = new AbortController();
    const handle = async () => stop.abort(new Error('shutdown'));
    const { answers, delivery, context } = setup({
      deliveries: 8,
      handle: () => handle().then(() => Promise.reject(new Error('aborted'))),
    });

    expect(await processDelivery(delivery, { ...context, shutdown: stop.signal })).toBe('retried');

    expect(answers).toEqual(['effect', 'retry']);
  });
});

describe('the redelivery delay', () => {
  it('follows the steps, repeats the last, and is shortened by at most a fifth', () => {
    const delays = (random: number) =>
      [1, 2, 7, 8, 100].map((deliveries) => redeliveryDelayMs(defaultTiming.backoffMs, deliveries, () => random));

    expect(delays(1)).toEqual([1_000, 5_000, 3_600_000, 3_600_000, 3_600_000]);
    expect(delays(0)).toEqual([800, 4_000, 2_880_000, 2_880_000, 2_880_000]);
  });
});
