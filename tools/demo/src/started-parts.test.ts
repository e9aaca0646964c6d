import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { claimGone, startedPart } from './started-parts.ts';

test.each([
  ['RabbitMQ runs at amqp://127.0.0.1:5672 (3.1 s)', { title: 'RabbitMQ', host: '127.0.0.1', port: 5672 }],
  [
    'MongoDB runs at mongodb://127.0.0.1:27017/?directConnection=true (1.7 s)',
    { title: 'MongoDB', host: '127.0.0.1', port: 27017 },
  ],
  ['using the cluster that is up', undefined],
])('%s', (line, part) => {
  expect(startedPart(line)).toEqual(part);
});

test('a part that still listens is named', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const part = { title: 'RabbitMQ', host: '127.0.0.1', port };

  await expect(claimGone([part])).rejects.toThrow('everything that was started has ended (found ["RabbitMQ"])');
  server.close();
  await once(server, 'close');
  await expect(claimGone([part])).resolves.toBeUndefined();
});
