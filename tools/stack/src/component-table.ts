/** The parts of a cluster that Millrace does not write itself, by the names that every command and log uses. */
export type ComponentName = 'rabbitmq' | 'nats' | 'mongodb' | 'jaeger';

/** What differs from one component to the next in images, ports and environment; docker-compose.yml says the same, and a test compares them. */
export type ComponentRow = {
  /** What a person calls it. */
  readonly title: string;
  readonly image: string;
  /** Port by role, inside a container and by default on this machine. The first one is the one that `port` means. */
  readonly ports: Readonly<Record<string, number>>;
  /** Roles that nobody outside the component speaks to; a container does not publish them. */
  readonly privatePorts: readonly string[];
  /** The variable that names an instance which runs already. */
  readonly urlVariable: string;
  /** Everything that a service reads about it, inside the compose network. */
  readonly composeEnvironment: Readonly<Record<string, string>>;
};

/** Kept in the order in which a cluster shows them. */
export const componentTable: Readonly<Record<ComponentName, ComponentRow>> = {
  rabbitmq: {
    title: 'RabbitMQ',
    image: 'rabbitmq:4.2',
    ports: { amqp: 5672, distribution: 25672, epmd: 4369 },
    privatePorts: ['distribution', 'epmd'],
    urlVariable: 'AMQP_URL',
    composeEnvironment: { AMQP_URL: 'amqp://millrace:millrace@rabbitmq:5672' },
  },
  nats: {
    title: 'NATS',
    image: 'nats:2.12-alpine',
    ports: { client: 4222 },
    privatePorts: [],
    urlVariable: 'NATS_URL',
    composeEnvironment: { NATS_URL: 'nats://nats:4222' },
  },
  mongodb: {
    title: 'MongoDB',
    image: 'mongo:8',
    ports: { mongodb: 27017 },
    privatePorts: [],
    urlVariable: 'MONGODB_URI',
    composeEnvironment: { MONGODB_URI: 'mongodb://mongodb:27017/?replicaSet=rs0' },
  },
  jaeger: {
    title: 'Jaeger',
    image: 'jaegertracing/jaeger:2.13.0',
    ports: { query: 16686, queryGrpc: 16685, otlpGrpc: 4317, otlpHttp: 4318 },
    privatePorts: ['queryGrpc'],
    urlVariable: 'JAEGER_QUERY_URL',
    composeEnvironment: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://jaeger:4318', JAEGER_QUERY_URL: 'http://jaeger:16686' },
  },
};

/** Every component, in the table's order. */
export const componentNames = Object.keys(componentTable) as readonly ComponentName[];
