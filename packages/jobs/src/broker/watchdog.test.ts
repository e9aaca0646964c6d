import { afterFile, components, until } from '@millrace/testkit';
import type { Channel } from 'amqplib';
import { newId } from '../runtime/ids.ts';
import { Watchdog } from './watchdog.ts';
import { WorkerLink } from './worker-link.ts';

const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** A consumer on a queue of its own, and the channel under it, as only the broker has it otherwise. */
async function consuming() {
  const queue = `jobs.test.watchdog.${newId()}`;
  const heard: string[] = [];
  const channels: Channel[] = [];
  const link = new WorkerLink({
    url: components().amqpUrl,
    name: 'watchdog',
    log,
    consumptions: [
      {
        queue,
        source: { queue: 'orders', lane: 'std' },
        prefetch: 2,
        onDelivery(delivery) {
          heard.push(delivery.body.toString());
          delivery.ack();
        },
      },
    ],
    async setUp(channel) {
      await channel.assertQueue(queue, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
      channels.push(channel);
    },
    onLeaderless: async () => undefined,
    onDown: () => undefined,
  });
  link.start();
  await until(() => link.isOpen);
  afterFile(async () => {
    await link.channel?.deleteQueue(queue);
    await link.stop();
  });
  const send = (text: string) => link.channel?.sendToQueue(queue, Buffer.from(text));
  const ready = async () => (await link.channel?.checkQueue(queue))?.messageCount ?? 0;
  return { queue, link, heard, channels, send, ready };
}

const tagsOf = (channel: Channel | undefined) => [
  ...(channel as unknown as { consumers: Map<string, unknown> }).consumers.keys(),
];

test('a consumer that the broker has forgotten is set up again, and hears what had waited', async () => {
  const { queue, link, heard, channels, send, ready } = await consuming();
  const dog = new Watchdog({
    consumers: {
      silentForMs: (_, lane) => (lane === 'std' ? link.silentForMs(queue) : undefined),
      resetLane: (_, reason) => link.reset(reason),
    },
    sweepMs: 50,
    log,
  });
  send('one');
  await until(() => heard.length === 1);
  // Behind the link's back: the connection is up, the channel is up, and nothing comes.
  for (const tag of tagsOf(channels[0])) await channels[0]?.cancel(tag);
  send('two');
  await until(async () => (await ready()) === 1);

  await until(
    async () => {
      await dog.look('orders', { std: await ready().catch(() => 0) });
      return heard.length === 2;
    },
    { everyMs: 60, withinMs: 10_000, message: 'the watchdog has set the channel up anew' },
  );

  expect(heard).toEqual(['one', 'two']);
  expect(channels).toHaveLength(2);
});

test.each([
  ['has no room', { silentMs: undefined, ready: 5 }, 0],
  ['has just heard something', { silentMs: 100, ready: 5 }, 0],
  ['has nothing to hear', { silentMs: 60_000, ready: 0 }, 0],
  ['has room and is deaf', { silentMs: 60_000, ready: 5 }, 1],
])('a consumer that %s is reset so often', async (_, { silentMs, ready }, resets) => {
  const reset: string[] = [];
  const dog = new Watchdog({
    consumers: {
      silentForMs: (__, lane) => (lane === 'lo' ? silentMs : undefined),
      resetLane: async (lane) => void reset.push(lane),
    },
    sweepMs: 1_000,
    log,
  });
  for (let sweep = 0; sweep < 2; sweep++) await dog.look('orders', { lo: ready });

  expect(reset).toEqual(Array.from({ length: resets }, () => 'lo'));
});
