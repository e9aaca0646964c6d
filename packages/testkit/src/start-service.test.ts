import { startService } from './start-service.ts';

test('a service runs as a process of its own, accepts its tokens, and is gone after kill -9', async () => {
  const service = await startService('notifications', { NAMESPACE: 'testkit-service' });
  const token = await service.token('member', 'ada');

  const answer = await fetch(`${service.url}/notifications`, { headers: { authorization: `Bearer ${token}` } });
  const stranger = await fetch(`${service.url}/notifications`);
  await service.kill('SIGKILL');

  expect(answer.status).toBe(200);
  expect(stranger.status).toBe(401);
  expect(service.isRunning()).toBe(false);
  await expect(fetch(`${service.url}/healthz`)).rejects.toThrow('fetch failed');
});

test('a service that does not start is told with the last lines of its log', async () => {
  const starting = startService('notifications', { AMQP_URL: 'http://not-a-broker' });

  await expect(starting).rejects.toThrow(
    /notifications ended with exit code \d+ before it was ready; its log [\s\S]*AMQP_URL/,
  );
});
