import type { JobView } from '@millrace/jobs';
import { until } from '@millrace/testkit';
import type { Role } from '../role.ts';
import { startFlour } from './flour-service.ts';

let { ask, command, finished }: Awaited<ReturnType<typeof startFlour>> = {} as never;

beforeAll(async () => {
  ({ ask, command, finished } = await startFlour());
});

const path = '/queues/flour.default';
const shown = async () => (await ask('GET', path)).body;
const put = (body: unknown, more: object = {}) => ask('PUT', path, { body, role: 'admin', ...more });

test('a queue is shown with its lanes, rates and settings, and listed', async () => {
  const queue = await shown();

  expect(queue).toMatchObject({
    id: 'flour.default',
    name: 'flour.default',
    paused: false,
    draining: null,
    concurrency: null,
    weight: 1,
    weights: { hi: 5, std: 3, retry: 2, lo: 1 },
    limits: {},
    lanes: { hi: 0, std: 0, retry: 0, lo: 0 },
    rates: { enqueued: expect.any(Number), started: expect.any(Number), ended: expect.any(Number) },
  });
  expect((await ask('GET', '/queues')).body).toMatchObject({ items: [{ id: 'flour.default' }], nextCursor: null });
});

test('PUT takes back what GET gave, keeps what is not named, and refuses what it does not know', async () => {
  const before = await shown();
  const same = await put(before);
  const changed = await put({ concurrency: 4, weights: { lo: 2 }, limits: { 'farm:north': 3 } });
  const kept = await put({ weight: 7 });
  const back = await put({ concurrency: null, weight: null, weights: null, limits: null });
  const refused = await Promise.all(
    [
      { colour: 'red' },
      { concurrency: 0 },
      { weights: { top: 1 } },
      { weights: { hi: 0 } },
      { limits: { 'farm:north': -1 } },
      { weight: 'much' },
    ].map((body) => put(body)),
  );

  expect(same.status).toBe(200);
  expect(changed.body).toMatchObject({
    concurrency: 4,
    weights: { hi: 5, std: 3, retry: 2, lo: 2 },
    limits: { 'farm:north': 3 },
    updatedBy: 'admin',
  });
  expect(kept.body).toMatchObject({ concurrency: 4, weight: 7, limits: { 'farm:north': 3 } });
  expect(back.body).toMatchObject({
    concurrency: null,
    weight: 1,
    weights: { hi: 5, std: 3, retry: 2, lo: 1 },
    limits: {},
  });
  expect(refused.map(({ status }) => status)).toEqual([422, 422, 422, 422, 422, 422]);
});

test('a change by an old revision is refused', async () => {
  const { body } = await put({ weight: 2 });
  const revision = Number(body['revision']);
  const stale = await put({ weight: 3 }, { headers: { 'if-match': `"${revision - 1}"` } });
  const fresh = await put({ weight: 1 }, { headers: { 'if-match': `"${revision}"` } });

  expect([stale.status, stale.body['code'], fresh.status]).toEqual([412, 'revision-mismatch', 200]);
});

test('a queue is paused, drained and resumed, each twice as once', async () => {
  const turn = async (verb: string) => (await ask('POST', `${path}/${verb}`)).body;
  const paused = [await turn('pause'), await turn('pause')];
  const { id } = await command({ sacks: 1 });
  const held = await shown();
  const resumed = [await turn('resume'), await turn('resume')];
  const { state } = await finished(id);
  const draining = await turn('drain');
  await until(async () => (await shown())['paused'] === true);
  await turn('resume');

  expect(paused.map((queue) => queue['paused'])).toEqual([true, true]);
  expect(held).toMatchObject({ paused: true, ready: 1, running: 0 });
  expect(resumed.map((queue) => queue['paused'])).toEqual([false, false]);
  expect(resumed[0]?.['revision']).toBe(resumed[1]?.['revision']);
  expect([state, draining['updatedBy']]).toEqual(['completed', 'operator']);
});

test('what has happened to a queue is shown minute by minute', async () => {
  const { id } = await command({ sacks: 1 });
  await finished(id);
  const points = async (query: string) =>
    (await ask('GET', `${path}/history?${query}`)).body['points'] as { at: string; value: number | null }[];
  const sum = (values: { value: number | null }[]) => values.reduce((total, { value }) => total + (value ?? 0), 0);
  await until(async () => sum(await points('metric=completed')) > 0, { withinMs: 20_000 });
  const from = new Date(Date.now() - 3 * 3_600_000).toISOString();
  const hours = (await ask('GET', `${path}/history?metric=waitMs&from=${from}&step=3600`)).body;

  expect((await points('metric=completed')).length).toBeGreaterThanOrEqual(60);
  expect(hours).toMatchObject({ metric: 'waitMs', step: 3_600 });
  expect((hours['points'] as []).length).toBe(4);
  const refused = await Promise.all(
    ['metric=speed', 'step=61', 'from=yesterday', 'colour=red'].map(async (query) => {
      const { status } = await ask('GET', `${path}/history?${query}`);
      return status;
    }),
  );
  expect(refused).toEqual([422, 422, 422, 422]);
});

test('workers say their version, and since when it runs is listed', async () => {
  const { items } = (await ask('GET', '/workers')).body as unknown as { items: { version: string }[] };
  const listed = await until(async () => {
    const { body } = await ask('GET', '/versions');
    return (body['items'] as { version: string; createdAt: string }[])[0];
  });
  const later = await ask('GET', '/versions?from=2100-01-01T00:00:00Z');

  expect(items.map(({ version }) => version)).toEqual(['dev']);
  expect(listed).toMatchObject({ version: 'dev', createdAt: expect.any(String) });
  expect(later.body).toEqual({ items: [], nextCursor: null });
});

test('a worker is shown, resized, and made quiet; one that nobody knows is not found', async () => {
  const list = (await ask('GET', '/workers')).body['items'] as { id: string; slots: number }[];
  const { id = '' } = list[0] ?? {};
  const resized = await ask('POST', `/workers/${id}/resize`, { body: { slots: 3 } });
  await until(async () => (await ask('GET', `/workers/${id}`)).body['slots'] === 3);
  const quiet = [await ask('POST', `/workers/${id}/quiet`), await ask('POST', `/workers/${id}/quiet`)];
  await until(async () => (await ask('GET', `/workers/${id}`)).body['state'] === 'quiet');
  const { id: job } = await command({ sacks: 1 });
  const { state } = (await ask('GET', `/jobs/${job}?wait=1`)).body as unknown as JobView;
  const unknown = await Promise.all(
    ['quiet', 'stop'].map(async (verb) => (await ask('POST', `/workers/none/${verb}`)).body['code']),
  );

  expect([list.length, resized.status, resized.location]).toEqual([1, 202, `/workers/${id}`]);
  expect(list[0]).not.toHaveProperty('session');
  expect(quiet.map(({ status }) => status)).toEqual([202, 202]);
  expect(state).toBe('available');
  expect(unknown).toEqual(['worker-not-found', 'worker-not-found']);
});

test('each role may do to queues and workers what it is for, and no more', async () => {
  const wishes = [
    ['GET', path],
    ['GET', `${path}/history`],
    ['POST', `${path}/resume`],
    ['POST', '/workers/none/quiet'],
    ['PUT', path],
  ] as const;
  const statusesOf = async (role: Role) => {
    const statuses: number[] = [];
    for (const [method, where] of wishes)
      statuses.push((await ask(method, where, { role, ...(method === 'PUT' && { body: {} }) })).status);
    return statuses;
  };

  expect(await statusesOf('member')).toEqual([403, 403, 403, 403, 403]);
  expect(await statusesOf('viewer')).toEqual([200, 200, 403, 403, 403]);
  expect(await statusesOf('operator')).toEqual([200, 200, 200, 404, 403]);
  expect(await statusesOf('admin')).toEqual([200, 200, 200, 404, 200]);
  expect((await ask('POST', '/queues/none/pause')).body).toMatchObject({ status: 404, code: 'queue-not-found' });
});
