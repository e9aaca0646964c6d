import { randomUUID } from 'node:crypto';
import type { JobView } from '@millrace/jobs';
import { until } from '@millrace/testkit';
import { startFlour } from './flour-service.ts';

let { url, ask, command, finished }: Awaited<ReturnType<typeof startFlour>> = {} as never;

beforeAll(async () => {
  ({ url, ask, command, finished } = await startFlour());
});

test('a failed job is a dead letter that is noted, replayed with another payload, and deleted', async () => {
  const failed = await finished((await command({ sacks: 7, mood: 'broken' })).id);
  const group = ((await ask('GET', '/dead-letters')).body['items'] as Record<string, string>[]).find(
    ({ code }) => code === 'stone-broken',
  );
  const members = await ask('GET', `/dead-letters/${group?.['fingerprint']}`);

  const parked = await ask('POST', `/dead-letters/${failed.id}/park`, { body: { note: 'the mason comes on Monday' } });
  const checked = await ask('POST', `/dead-letters/${failed.id}/replay`, {
    body: { payload: { sacks: -1 }, dryRun: true },
  });
  const replayed = await ask('POST', `/dead-letters/${failed.id}/replay`, { body: { payload: { sacks: 7 } } });
  const again = await finished((replayed.body['job'] as JobView).id);

  expect(failed).toMatchObject({ state: 'failed', fingerprint: group?.['fingerprint'] });
  expect(group).toMatchObject({ id: failed.fingerprint, createdAt: group?.['firstAt'], updatedAt: group?.['lastAt'] });
  expect(parked.body).toMatchObject({ createdAt: failed.endedAt, updatedAt: parked.body['decidedAt'] });
  expect(
    (members.body['items'] as { id: string; source: string }[]).map(({ id, source }) => [id, source]),
  ).toContainEqual([failed.id, 'job']);
  expect(parked.body).toMatchObject({
    state: 'parked',
    note: 'the mason comes on Monday',
    decidedBy: 'operator',
  });
  expect([checked.status, replayed.status]).toEqual([422, 202]);
  expect(again).toMatchObject({
    state: 'completed',
    replayedFrom: failed.id,
    rootId: failed.rootId,
    result: { flour: 350 },
  });
});

test('dead letters of a group are replayed together', async () => {
  const farm = randomUUID();
  const letters = await Promise.all([1, 2, 3].map((sacks) => command({ sacks, farm, mood: 'broken' })));
  const [first] = await Promise.all(letters.map(({ id }) => finished(id)));

  const answer = await ask('POST', '/dead-letters/replay', {
    body: { filter: { fingerprint: first?.fingerprint }, rate: 500 },
  });

  expect(answer.status).toBe(202);
  const operation = await until(async () => {
    const { body } = await ask('GET', answer.location ?? '');
    return body['state'] !== 'running' && body;
  });
  expect(operation).toMatchObject({ kind: 'replay', state: 'completed', failed: 0, createdBy: 'operator' });
  expect(operation['done']).toBeGreaterThanOrEqual(3);
  const attempts = await Promise.all(letters.map(async ({ id }) => (await finished(id)).errors.length));
  expect(attempts).toEqual([2, 2, 2]);
});

test('the ledger balances, queues and workers are shown', async () => {
  const queues = await ask('GET', '/queues');
  const queue = await ask('GET', '/queues/flour.default');
  const workers = await ask('GET', '/workers');
  const ledger = await until(async () => {
    const { body } = await ask('GET', '/ledger');
    const [item] = body['items'] as { live: number }[];
    return item?.live === 0 && item;
  });

  expect(queues.body['items']).toMatchObject([
    { name: 'flour.default', paused: false, jobs: ['flour.grind', 'flour.sell'] },
  ]);
  expect(queue.body).toMatchObject({ name: 'flour.default', running: 0 });
  expect(workers.body['items']).toMatchObject([{ slots: 25, queues: ['flour.default'] }]);
  expect(ledger).toMatchObject({ name: 'flour.grind', imbalance: 0 });
  expect((await ask('GET', '/queues/none')).body).toMatchObject({ code: 'queue-not-found', status: 404 });
});

test('announcements of a time are told again', async () => {
  const answer = await ask('POST', '/announcements/republish', {
    body: { from: '2020-01-01T00:00:00Z', to: '2100-01-01T00:00:00Z' },
  });

  expect([answer.status, answer.body]).toEqual([202, { jobs: 0 }]);
});

test('the documentation describes every route', async () => {
  const document = (await (await fetch(`${url}/openapi.json`)).json()) as {
    paths: Record<string, Record<string, { responses: Record<string, unknown>; security: unknown }>>;
  };

  expect(Object.keys(document.paths)).toEqual(
    expect.arrayContaining([
      '/orders',
      '/jobs',
      '/jobs/{id}',
      '/jobs/{id}/events',
      '/dead-letters/{id}/replay',
      '/queues/{name}',
      '/ledger',
    ]),
  );
  expect(Object.keys(document.paths['/jobs']?.['post']?.responses ?? {})).toEqual(
    expect.arrayContaining(['202', '400', '401', '403', '409', '413', '415', '422', '429', '503']),
  );
  expect(document.paths['/jobs']?.['post']?.security).toEqual([{ bearer: [] }]);
});
