import { jobContract } from '@millrace/contracts';
import { concurrency, defineJob, done, type JobView, type Run } from '@millrace/jobs';
import { until } from '@millrace/testkit';
import { z } from 'zod';
import { startForTest } from '../hello-service.ts';
import { mintLocalToken } from '../local-key.ts';
import type { Role } from '../role.ts';

const dig = jobContract({
  name: 'ditch.dig',
  queue: 'ditch.default',
  summary: 'Digs.',
  maxAttempts: 1,
  payload: z.object({ field: z.string() }),
});

const isRainOver = Promise.withResolvers<void>();

const digger = defineJob(dig, {
  limits: [concurrency({ key: ({ field }) => field, max: 1 })],
  async run(_run: Run<z.output<typeof dig.payload>>) {
    await isRainOver.promise;
    return done();
  },
});

test('limits are shown with who holds them and how many wait, to everybody but members', async () => {
  const { url } = await startForTest('ditch', () => ({ jobs: [digger], routes: () => [] }));
  await until(async () => (await fetch(`${url}/readyz`)).ok, { withinMs: 20_000, message: 'ready' });
  const ask = async (method: string, path: string, role: Role, body?: object) => {
    const headers = {
      authorization: `Bearer ${await mintLocalToken({ role, sub: role })}`,
      'content-type': 'application/json',
    };
    const answer = await fetch(url + path, { method, headers, ...(body && { body: JSON.stringify(body) }) });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };
  const order = async () =>
    (await ask('POST', '/jobs', 'operator', { name: 'ditch.dig', payload: { field: 'north' } })).body['job'] as JobView;
  const first = await order();
  await until(async () => (await ask('GET', `/jobs/${first.id}`, 'viewer')).body['state'] === 'executing');
  const second = await order();
  await until(async () => (await ask('GET', `/jobs/${second.id}`, 'viewer')).body['waitingFor'] === 'limit:north');

  const shown = await ask('GET', '/limits', 'viewer');
  const refused = await ask('GET', '/limits', 'member');
  isRainOver.resolve();
  await until(async () => (await ask('GET', `/jobs/${second.id}`, 'viewer')).body['state'] === 'completed');

  expect([shown.status, refused.status]).toEqual([200, 403]);
  expect(shown.body).toEqual({
    items: [
      {
        key: 'north',
        kind: 'concurrency',
        max: 1,
        perMs: null,
        used: 1,
        waiting: 1,
        oldestWaitMs: expect.any(Number),
        hold: 'attempt',
        holders: [{ jobId: first.id, until: expect.stringMatching(/Z$/) }],
      },
    ],
    nextCursor: null,
  });
});
