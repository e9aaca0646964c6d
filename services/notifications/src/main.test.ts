import { startService } from '@millrace/testkit';

test('the service comes up as a process, describes its routes, counts its jobs from zero, and ends on SIGTERM', async () => {
  const service = await startService('notifications', { NAMESPACE: 'inbox-main', LOG_LEVEL: 'info' });

  const document = (await (await fetch(`${service.url}/openapi.json`)).json()) as { paths: Record<string, unknown> };
  const metrics = await (await fetch(`${service.url}/metrics`)).text();
  await service.kill('SIGTERM');

  expect(Object.keys(document.paths)).toEqual(
    expect.arrayContaining([
      '/notifications',
      '/notifications/unread-count',
      '/notifications/{id}/seen',
      '/notifications/{id}/read',
      '/notifications/{id}/archive',
      '/notifications/read-all',
      '/notifications/events',
    ]),
  );
  expect(metrics).toMatch(/^jobs_completed_total\{job="notification.deliver",queue="[^"]+"\} 0$/m);
  expect(service.isRunning()).toBe(false);
  expect(await service.logs()).toContain('service stopped');
});
