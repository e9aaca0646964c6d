import { serviceTable } from '@millrace/stack';

type Permission = { user: string; vhost: string; configure: string; write: string; read: string };
type TopicPermission = { user: string; vhost: string; exchange: string; write: string; read: string };

const vhost = 'millrace';
const LADDER_LEVELS = 20;

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
  return { user: service, vhost, configure: all, write: all, read: all };
}

/**
 * By which keys a service may publish to the exchanges that all share, and bind to them (`read`): those of its own queues. Else
 * any service could ring at the queues of another, or have its messages copied to itself.
 */
function topicPermissions(service: string): TopicPermission[] {
  const whole = { user: service, vhost };
  const bits = String.raw`([01]\.){${LADDER_LEVELS}}`;
  const rungs = Array.from({ length: LADDER_LEVELS }, (_, level) => ({
    ...whole,
    exchange: `jobs.v1.delay.${String(level).padStart(2, '0')}`,
    write: `^${bits}${service}_`,
    // The steps from rung to rung, which every service declares.
    read: String.raw`^(\*\.){0,${LADDER_LEVELS - 1}}[01]\.#$`,
  }));
  return [
    { ...whole, exchange: 'jobs.v1.cmd', write: `^${service}_`, read: `^${service}_` },
    // Written by the ladder, which is the broker itself.
    { ...whole, exchange: 'jobs.v1.deliver', write: '^$', read: String.raw`^#\.${service}_` },
    { ...whole, exchange: 'jobs.v1.dead', write: '^$', read: `^${service}$` },
    ...rungs,
  ];
}

/** Imported by RabbitMQ after the users, who come with their passwords from a Secret. */
export const brokerDefinitions = () => ({
  vhosts: [{ name: vhost }],
  permissions: serviceTable.map(({ name }) => brokerPermission(name)),
  topic_permissions: serviceTable.flatMap(({ name }) => topicPermissions(name)),
});
