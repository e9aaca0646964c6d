import { brokerNames, LADDER_LEVELS, topologyOf } from './topology.ts';

const names = brokerNames('jobs.v1', 'mesh-orchestrator');
const { exchanges, queues, bindings } = topologyOf(names, ['mesh.generation', 'mesh.batch']);
const queue = (name: string) => queues.find((one) => one.name === name);

test('broker names hold only what a metric label and a topic word may hold', () => {
  for (const { name } of [...queues, ...exchanges]) expect(name).toMatch(/^[A-Za-z0-9._-]+$/);
  // A dot inside an address would be a second topic word.
  expect(names.address('mesh.generation', 'retry')).toBe('mesh-orchestrator_mesh-generation_retry');
});

test('no name is declared twice and every binding joins declared objects', () => {
  const exchangeNames = exchanges.map(({ name }) => name);
  const queueNames = queues.map(({ name }) => name);

  expect(new Set(queueNames).size).toBe(queueNames.length);
  expect(new Set(exchangeNames).size).toBe(exchangeNames.length);
  for (const { kind, from, to } of bindings) {
    expect(exchangeNames).toContain(from);
    expect(kind === 'queue' ? queueNames : exchangeNames).toContain(to);
  }
});

test('all queues are quorum queues, and whatever dead-letters does so at least once', () => {
  for (const { arguments: args } of queues) {
    expect(args).toMatchObject({ 'x-queue-type': 'quorum' });
    if ('x-dead-letter-exchange' in args)
      expect(args).toMatchObject({ 'x-dead-letter-strategy': 'at-least-once', 'x-overflow': 'reject-publish' });
  }
});

test('fresh lanes refuse what is too much, and the landing of the ladder never does', () => {
  for (const lane of ['hi', 'std', 'lo'] as const)
    expect(queue(names.queue('mesh.batch', lane))?.arguments).toMatchObject({
      'x-max-length': 10_000,
      'x-delivery-limit': 20,
    });

  expect(Object.keys(queue(names.queue('mesh.batch', 'retry'))?.arguments ?? {})).not.toEqual(
    expect.arrayContaining(['x-max-length']),
  );
  expect(Object.keys(queue(names.queue('mesh.batch', 'retry'))?.arguments ?? {})).not.toEqual(
    expect.arrayContaining(['x-max-length-bytes']),
  );
});

test('commands without a queue come back to the publisher, and landed ones without a queue are parked', () => {
  expect(exchanges.find(({ name }) => name === names.commands)?.arguments).toEqual({});
  expect(exchanges.find(({ name }) => name === names.deliver)?.arguments).toEqual({
    'alternate-exchange': names.unrouted,
  });
});

test('the ladder is the same for every service', () => {
  const ladder = (service: string) =>
    topologyOf(brokerNames('jobs.v1', service), []).queues.filter(({ name }) => name.includes('.delay.'));

  expect(ladder('music')).toEqual(ladder('campaign'));
  expect(ladder('music')).toHaveLength(LADDER_LEVELS);
});
