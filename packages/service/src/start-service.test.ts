import { until } from '@millrace/testkit';
import { z } from 'zod';
import { startHello } from './hello-service.ts';
import { mintLocalToken } from './local-key.ts';
import { route } from './route.ts';

const greeting = route({
  method: 'get',
  path: '/hello/:name',
  summary: 'Greets.',
  role: 'any',
  params: z.object({ name: z.string() }),
  responses: { 200: z.object({ hello: z.string(), from: z.string() }) },
  handle: async ({ params, user }) => ({ hello: params.name, from: user.sub }),
});

const keeping = route({
  method: 'post',
  path: '/hello/:name',
  summary: 'Greets once.',
  role: 'any',
  responses: { 200: z.unknown() },
  handle: async () => 'hello',
});

test('a service answers, tells that it is ready, and stops', async () => {
  const service = await startHello([greeting]);
  const token = await mintLocalToken({ role: 'member', sub: 'ada' });

  const answer = await fetch(`${service.url}/hello/world`, { headers: { Authorization: `Bearer ${token}` } });
  const ready = await until(async () => (await fetch(`${service.url}/readyz`)).ok, { message: 'ready' });

  expect([answer.status, await answer.json()]).toEqual([200, { hello: 'world', from: 'ada' }]);
  expect(ready).toBe(true);
  await service.stop();
  await expect(fetch(`${service.url}/healthz`)).rejects.toThrow('fetch failed');
});

test('a service without its components is healthy and names what is missing', async () => {
  const nowhere = {
    MONGODB_URI: 'mongodb://127.0.0.1:9',
    AMQP_URL: 'amqp://127.0.0.1:9',
    NATS_URL: 'nats://127.0.0.1:9',
  };
  const service = await startHello([greeting, keeping], nowhere);

  const health = await fetch(`${service.url}/healthz`);
  const ready = await fetch(`${service.url}/readyz`);

  const asked = performance.now();
  const post = await fetch(`${service.url}/hello/world`, {
    headers: { Authorization: `Bearer ${await mintLocalToken({ role: 'member' })}`, 'Idempotency-Key': 'k' },
    method: 'POST',
  });

  expect(post.status).toBe(503);
  expect(performance.now() - asked).toBeLessThan(6_000);
  expect([health.status, await health.json()]).toEqual([200, { status: 'ok' }]);
  expect(ready.status).toBe(503);
  expect(((await ready.json()) as { reasons: string[] }).reasons.join('; ')).toContain('the database is not connected');
  await service.stop();
});
