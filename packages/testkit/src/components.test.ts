import { connect } from 'node:net';
import { components, privateComponent } from './components.ts';
import { until } from './until.ts';

test('the shared components of the run answer at their variables', async () => {
  const { amqpUrl, natsUrl, mongodbUri } = components();

  const ports = [amqpUrl, natsUrl, mongodbUri].map((url) => Number(new URL(url).port));

  await expect(Promise.all(ports.map(isOpen))).resolves.toEqual([true, true, true]);
});

test('a private component can be killed and is another one than the shared', async () => {
  const own = await privateComponent('nats');

  await own.kill('SIGKILL');

  expect(own.url).not.toBe(components().natsUrl);
  await until(async () => !(await isOpen(own.ports['client'] as number)), { message: 'the port is closed' });
  await expect(isOpen(Number(new URL(components().natsUrl).port))).resolves.toBe(true);
});

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => resolve(socket.destroy() !== undefined));
    socket.once('error', () => resolve(false));
  });
}
