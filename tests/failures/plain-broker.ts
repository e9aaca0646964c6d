import amqp, { type ConfirmChannel } from 'amqplib';

const services = ['campaign', 'notifications'];
const queues = { campaign: ['campaign-seeding', 'campaign-default'] };
const lanes = ['hi', 'std', 'lo', 'retry'];
const ladderLevels = 20;

/** The broker as any AMQP client sees it, without a line of the runtime's code. */
export type PlainBroker = ReturnType<typeof brokerOf>;

/** @param prefix of all names of one cluster. */
export function brokerOf(url: string, prefix: string) {
  const names = queueNames(prefix);

  async function use<Result>(work: (channel: ConfirmChannel) => Promise<Result>): Promise<Result> {
    const connection = await amqp.connect(url);
    connection.on('error', () => {});
    try {
      return await work(await connection.createConfirmChannel());
    } finally {
      await connection.close().catch(() => {});
    }
  }

  return {
    laneOf: (queue: string, lane = 'std') => `${prefix}.q.campaign_${queue.replaceAll('.', '-')}_${lane}`,

    /** Messages that wait, by queue; empty when none do. */
    waiting: () =>
      use(async (channel) => {
        const counts: Record<string, number> = {};
        for (const name of names) counts[name] = (await channel.checkQueue(name)).messageCount;
        return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
      }),

    /** Straight into a queue, past every exchange; resolves when the broker has them. */
    sendTo: (queue: string, bodies: readonly Buffer[], properties: amqp.Options.Publish = {}) =>
      use(async (channel) => {
        for (const body of bodies) channel.sendToQueue(queue, body, { persistent: true, ...properties });
        await channel.waitForConfirms();
      }),

    deleteAll: () =>
      use(async (channel) => {
        for (const name of names) await channel.deleteQueue(name);
        for (const name of exchangeNames(prefix)) await channel.deleteExchange(name);
      }),
  };
}

const levelsOf = (prefix: string) =>
  Array.from({ length: ladderLevels }, (_, level) => `${prefix}.delay.${String(level).padStart(2, '0')}`);

const exchangeNames = (prefix: string): string[] => [
  ...['cmd', 'deliver', 'unrouted', 'dead', 'hints'].map((name) => `${prefix}.${name}`),
  ...levelsOf(prefix),
];

function queueNames(prefix: string): string[] {
  const work = Object.entries(queues).flatMap(([service, of]) =>
    of.flatMap((queue) => lanes.map((lane) => `${prefix}.q.${service}_${queue}_${lane}`)),
  );
  return [
    ...work,
    ...services.flatMap((service) => [`${prefix}.q.${service}_quarantine`, `${prefix}.dead.${service}`]),
    `${prefix}.unrouted`,
    ...levelsOf(prefix),
  ];
}
