import { campaign, meshOrchestrator, music, notifications, projects } from '@millrace/contracts';
import amqp, { type Channel } from 'amqplib';
import { type ServiceName, serviceNames } from '../cluster/whole-cluster.ts';

const prefix = 'jobs.v1';
const lanes = ['hi', 'std', 'lo', 'retry'];
const ladderLevels = 20;

/** Messages that wait anywhere at the broker, by queue, as any AMQP client sees them; empty when none do. */
export async function waitingAt(amqpUrl: string): Promise<Record<string, number>> {
  const connection = await amqp.connect(amqpUrl);
  connection.on('error', () => undefined);
  try {
    const counts: Record<string, number> = {};
    const channel = await connection.createChannel();
    for (const name of queueNames()) counts[name] = await countIn(channel, name);
    return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
  } finally {
    await connection.close().catch(() => undefined);
  }
}

const countIn = async (channel: Channel, name: string): Promise<number> =>
  (await channel.checkQueue(name)).messageCount;

/** Derived here once more, so that a queue which the runtime forgets is missed. */
function queueNames(): string[] {
  const work = serviceNames.flatMap(lanesOf);
  const levels = Array.from(
    { length: ladderLevels },
    (_, level) => `${prefix}.delay.${String(level).padStart(2, '0')}`,
  );
  const own = serviceNames.flatMap((service) => [`${prefix}.q.${service}_quarantine`, `${prefix}.dead.${service}`]);
  return [...work, ...own, `${prefix}.unrouted`, ...levels];
}

/** Where the messages of a service's own jobs wait to be consumed. */
export const lanesOf = (service: ServiceName): string[] =>
  queuesOf(service).flatMap((queue) =>
    lanes.map((lane) => `${prefix}.q.${service}_${queue.replaceAll('.', '-')}_${lane}`),
  );

function queuesOf(service: ServiceName): string[] {
  const owned: readonly (object & { queue?: string })[] = Object.values(contractsOf[service]);
  return [...new Set(owned.flatMap(({ queue }) => queue ?? []))];
}

const contractsOf: Readonly<Record<ServiceName, object>> = {
  campaign,
  music,
  projects,
  'mesh-orchestrator': meshOrchestrator,
  notifications,
};
