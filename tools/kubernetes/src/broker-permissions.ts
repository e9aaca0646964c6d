import { serviceTable } from '@millrace/stack';

type Permission = { user: string; vhost: string; configure: string; write: string; read: string };

/** What all services share: the exchanges, and the delay ladder. */
const shared = String.raw`jobs\.v1\.(cmd|deliver|unrouted|dead|hints|delay\.[0-9]{2})`;
/** The nameless queue on which each process hears hints. */
const nameless = String.raw`amq\.gen-.*`;

/**
 * What a service may do at the broker: declare and use its own queues and the parts that all share, and touch no queue of
 * another service. Names as `packages/jobs` derives them.
 */
export function brokerPermission(service: string): Permission {
  const own = String.raw`jobs\.v1\.(q\.${service}_.*|dead\.${service})`;
  const all = `^(${shared}|${own}|${nameless})$`;
  return { user: service, vhost: 'millrace', configure: all, write: all, read: all };
}

/** Imported by RabbitMQ after the users, who come with their passwords from a Secret. */
export const brokerDefinitions = () => ({
  vhosts: [{ name: 'millrace' }],
  permissions: serviceTable.map(({ name }) => brokerPermission(name)),
});
