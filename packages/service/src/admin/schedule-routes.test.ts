import { randomUUID } from 'node:crypto';
import type { JobView, ScheduleView } from '@millrace/jobs';
import { until } from '@millrace/testkit';
import type { Role } from '../role.ts';
import { startFlour } from './flour-service.ts';

let { url, ask, finished }: Awaited<ReturnType<typeof startFlour>> = {} as never;

beforeAll(async () => {
  ({ url, ask, finished } = await startFlour());
  await until(async () => (await ask('GET', '/schedules/flour.morning')).status === 200);
});

const shown = async () => (await ask('GET', '/schedules/flour.morning')).body as unknown as ScheduleView;
const put = (body: unknown, role: Role = 'admin') => ask('PUT', '/schedules/flour.morning', { body, role });

test('schedules are listed and shown with their next runs', async () => {
  const { body } = await ask('GET', '/schedules', { role: 'viewer' });
  const one = await shown();

  expect(body).toEqual({ items: [one], nextCursor: null });
  expect(one).toMatchObject({
    name: 'flour.morning',
    job: 'flour.grind',
    cron: '0 4 1 1 *',
    timeZone: 'UTC',
    misfire: 'once',
  });
  expect(one.nextRuns).toHaveLength(5);
  expect(one.nextAt).toBe(one.nextRuns[0]);
  expect((await ask('GET', '/schedules/flour.evening')).body).toMatchObject({
    status: 404,
    code: 'schedule-not-found',
  });
});

test('a change takes back what was shown, and what differs from the code is named', async () => {
  const before = await shown();

  const same = await put(before);
  const changed = await put({
    ...before,
    cron: '30 5 1 1 *',
    timeZone: 'Europe/Berlin',
    lane: 'hi',
    payload: { sacks: 3 },
  });
  const back = await put({ cron: before.cron, timeZone: 'UTC', misfire: 'once', payload: { sacks: 1 } });

  expect([same.status, same.body['edited']]).toEqual([200, []]);
  expect(changed.body).toMatchObject({
    edited: ['cron', 'timeZone', 'payload', 'lane'],
    updatedBy: 'admin',
    nextAt: expect.stringContaining('-01-01T04:30:00.000Z'),
  });
  expect(back.body).toMatchObject({ edited: [], lane: null, nextAt: before.nextAt });
});

test.each([
  [{ cron: '61 * * * *' }, 'body.cron'],
  [{ cron: 'tomorrow' }, 'body.cron'],
  [{ timeZone: 'Mars/Olympus' }, 'body.timeZone'],
  [{ payload: { sacks: 'many' } }, 'body.payload.sacks'],
  [{ misfire: 'sometimes' }, 'body.misfire'],
  [{ lane: 'fast' }, 'body.lane'],
  [{ graceMs: -1 }, 'body.graceMs'],
  [{ colour: 'red' }, 'body.colour'],
])('the change %j is refused for its field', async (change, path) => {
  const before = await shown();

  const answer = await put({ ...before, ...change });

  expect([answer.status, answer.body['code']]).toEqual([422, 'validation-failed']);
  expect(answer.body['errors']).toMatchObject([{ path }]);
  expect(await shown()).toEqual(before);
});

test('a change with an older revision is refused', async () => {
  const { revision, ...before } = await shown();
  const headers = { 'if-match': `"${revision + 7}"` };

  const answer = await ask('PUT', '/schedules/flour.morning', { body: before, role: 'admin', headers });

  expect(answer.body).toMatchObject({ status: 412, code: 'revision-mismatch' });
});

test('a paused schedule has no next run, runs by hand, and is resumed', async () => {
  const paused = await ask('POST', '/schedules/flour.morning/pause');
  const run = await ask('POST', '/schedules/flour.morning/run');
  const { id } = run.body['job'] as JobView;
  const job = await finished(id);
  const resumed = await ask('POST', '/schedules/flour.morning/resume');

  expect(paused.body).toMatchObject({ paused: true, nextAt: null, nextRuns: [] });
  expect([run.status, run.location, run.body['conflict']]).toEqual([202, `/jobs/${id}`, false]);
  expect(job).toMatchObject({ state: 'completed', payload: { sacks: 1 }, tags: ['schedule:flour.morning'] });
  expect(resumed.body).toMatchObject({ paused: false, lastRuns: [{ jobId: id, state: 'completed' }] });
});

test('a run with an Idempotency-Key runs once', async () => {
  const headers = { 'idempotency-key': randomUUID() };
  const answers = [
    await ask('POST', '/schedules/flour.morning/run', { headers }),
    await ask('POST', '/schedules/flour.morning/run', { headers }),
  ];

  expect(answers.map(({ status }) => status)).toEqual([202, 202]);
  expect(new Set(answers.map(({ body }) => (body['job'] as JobView).id)).size).toBe(1);
});

test('viewers look, operators run and pause, admins change', async () => {
  const policy = await shown();
  const statusesOf = async (role: Role) => [
    (await ask('GET', '/schedules', { role })).status,
    (await ask('POST', '/schedules/flour.morning/resume', { role })).status,
    (await ask('POST', '/schedules/flour.morning/run', { role })).status,
    (await put(policy, role)).status,
  ];

  expect(await statusesOf('member')).toEqual([403, 403, 403, 403]);
  expect(await statusesOf('viewer')).toEqual([200, 403, 403, 403]);
  expect(await statusesOf('operator')).toEqual([200, 200, 202, 403]);
  expect(await statusesOf('admin')).toEqual([200, 200, 202, 200]);
});

test('the documentation describes the routes', async () => {
  const { paths } = (await (await fetch(`${url}/openapi.json`)).json()) as { paths: Record<string, object> };

  expect(Object.keys(paths)).toEqual(
    expect.arrayContaining(['/schedules', '/schedules/{name}', '/schedules/{name}/run', '/schedules/{name}/pause']),
  );
});
