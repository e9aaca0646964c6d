import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { componentTable, meshEngineRow, serviceTable } from '@millrace/stack';
import { brokerNames, topologyOf } from '../../../packages/jobs/src/broker/topology.ts';
import { brokerPermission } from './broker-permissions.ts';
import { listQueues } from './queues.ts';

const PREFIX = 'jobs.v1';
const queuesOf = (service: string) =>
  listQueues()
    .filter((one) => one.service === service)
    .map(({ name }) => name);

/** Every exchange and queue that a service declares. */
const namesOf = (service: string) => {
  const { exchanges, queues } = topologyOf(brokerNames(PREFIX, service), queuesOf(service));
  return [...exchanges, ...queues].map(({ name }) => name);
};

test.each(serviceTable)(
  'the broker user of $name reaches all that it declares, and no queue of another',
  ({ name }) => {
    const { configure, write, read } = brokerPermission(name);
    const others = serviceTable.filter((one) => one.name !== name).flatMap((one) => namesOf(one.name));
    const own = new Set(namesOf(name));
    const foreign = others.filter((one) => !own.has(one));

    for (const pattern of [configure, write, read]) {
      const allowed = new RegExp(pattern);
      expect([...own, 'amq.gen-JzTY20BRgKO'].filter((one) => !allowed.test(one))).toEqual([]);
      expect(foreign.filter((one) => allowed.test(one))).toEqual([]);
    }
    expect(foreign.length).toBeGreaterThan(0);
  },
);

test('what services read of the cluster has the addresses of the tables', async () => {
  const text = await readFile(resolve(import.meta.dirname, '../../../infra/k8s/base/cluster.env'), 'utf8');
  const lines = text.trim().split('\n');

  for (const { name, port, urlVariable } of serviceTable)
    expect(lines).toContain(`${urlVariable}=http://${name}:${port}`);
  expect(lines).toContain(`${meshEngineRow.addressVariable}=${meshEngineRow.name}:${meshEngineRow.port}`);
});

test('components have the images of the tables', async () => {
  const folder = resolve(import.meta.dirname, '../../../infra/k8s/components');
  for (const name of ['rabbitmq', 'nats', 'mongodb', 'jaeger'] as const) {
    const text = await readFile(`${folder}/${name}/${name}.yaml`, 'utf8');
    expect(text).toContain(`image: ${componentTable[name].image}\n`);
  }
});
