import type { EventContract, JobContract } from '@millrace/contracts';
import type { ContractList, Owned } from './contract-list.ts';
import { jsonSchemaOf } from './payload-fields.ts';

type Json = Record<string, unknown>;

/** The catalogue for machines: an AsyncAPI 3.0 document of the whole cluster. */
export function renderAsyncApi(
  { jobs, events }: ContractList,
  hearers: ReadonlyMap<string, readonly string[]>,
): string {
  const document = {
    asyncapi: '3.0.0',
    info: {
      title: 'Millrace',
      version: '1.0.0',
      description: 'Jobs: commands over RabbitMQ, by queue. Events: facts over NATS JetStream, by subject.',
    },
    defaultContentType: 'application/json',
    servers: {
      rabbitmq: { host: '127.0.0.1:5672', protocol: 'amqp', protocolVersion: '0.9.1' },
      nats: { host: '127.0.0.1:4222', protocol: 'nats' },
    },
    channels: { ...queueChannels(jobs), ...Object.assign({}, ...events.map(eventChannel)) },
    operations: Object.assign({}, ...jobs.map(jobOperation), ...events.map((event) => eventOperations(event, hearers))),
    components: {
      messages: Object.assign({}, ...jobs.map(jobMessages), ...events.map(eventMessage)),
      messageTraits: { traced },
    },
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

const ref = (path: string): Json => ({ $ref: `#/${path}` });

/** W3C trace context: every message continues the trace of its cause. */
const traced = {
  headers: {
    type: 'object',
    properties: { traceparent: { type: 'string' }, tracestate: { type: 'string' } },
  },
};

const messageName = (name: string, version: number | string): string => `${name}.v${version}`;

const jobMessageNames = ({ name, versions }: JobContract): string[] =>
  Object.keys(versions).map((version) => messageName(name, version));

function queueChannels(jobs: readonly Owned<JobContract>[]): Json {
  const queues = Map.groupBy(jobs, ({ contract }) => contract.queue);
  return Object.fromEntries([...queues].map(([queue, commanded]) => [queue, queueChannel(queue, commanded)]));
}

function queueChannel(queue: string, jobs: readonly Owned<JobContract>[]): Json {
  const names = jobs.flatMap(({ contract }) => jobMessageNames(contract));
  return {
    address: queue,
    description: `A queue of ${jobs[0]?.owner}. The broker has one per lane, its name derived from this one.`,
    servers: [ref('servers/rabbitmq')],
    messages: Object.fromEntries(names.map((name) => [name, ref(`components/messages/${name}`)])),
  };
}

const jobOperation = ({ owner, contract }: Owned<JobContract>): Json => ({
  [`${owner}.performs.${contract.name}`]: {
    action: 'receive',
    channel: ref(`channels/${contract.queue}`),
    summary: contract.summary,
    messages: jobMessageNames(contract).map((name) => ref(`channels/${contract.queue}/messages/${name}`)),
    'x-service': owner,
    'x-lane': contract.lane,
    'x-max-attempts': contract.maxAttempts,
    'x-timeout-ms': contract.timeoutMs,
  },
});

/** The record decides what is performed; the message names it and may carry the payload along. */
const jobMessages = ({ contract }: Owned<JobContract>): Json =>
  Object.fromEntries(
    Object.entries(contract.versions).map(([version, payload]) => [
      messageName(contract.name, version),
      {
        name: `${contract.name}@${version}`,
        summary: contract.summary,
        traits: [ref('components/messageTraits/traced')],
        payload: {
          type: 'object',
          required: ['jobId', 'n'],
          properties: {
            jobId: { type: 'string', description: 'The record in the owning service.' },
            n: { type: 'integer', minimum: 1, description: 'The dispatch number; an older one is dropped.' },
            payload: jsonSchemaOf(payload, 'input'),
          },
        },
      },
    ]),
  );

const eventChannel = ({ contract: { type, version, summary } }: Owned<EventContract>): Json => ({
  [`events.${type}`]: {
    address: `events.${type}`,
    description: summary,
    servers: [ref('servers/nats')],
    messages: { [messageName(type, version)]: ref(`components/messages/${messageName(type, version)}`) },
  },
});

function eventOperations(
  { owner, contract }: Owned<EventContract>,
  hearers: ReadonlyMap<string, readonly string[]>,
): Json {
  const { type, version, summary } = contract;
  const operation = (service: string, action: 'send' | 'receive') => ({
    action,
    channel: ref(`channels/events.${type}`),
    summary,
    messages: [ref(`channels/events.${type}/messages/${messageName(type, version)}`)],
    'x-service': service,
  });
  return {
    [`${owner}.tells.${type}`]: operation(owner, 'send'),
    ...Object.fromEntries(
      (hearers.get(type) ?? []).map((service) => [`${service}.hears.${type}`, operation(service, 'receive')]),
    ),
  };
}

const eventMessage = ({ contract: { type, version, summary, data } }: Owned<EventContract>): Json => ({
  [messageName(type, version)]: {
    name: type,
    summary,
    traits: [ref('components/messageTraits/traced')],
    payload: {
      type: 'object',
      required: ['id', 'type', 'version', 'data', 'at'],
      properties: {
        id: {
          type: 'string',
          description: 'The same however often the event is told; also in the header Nats-Msg-Id.',
        },
        type: { const: type },
        version: { const: version },
        data: jsonSchemaOf(data, 'output'),
        at: { type: 'string', format: 'date-time' },
        jobId: { type: 'string', description: 'The job whose end this tells.' },
      },
    },
  },
});
