import { randomUUID } from 'node:crypto';
import type { JobView } from '@millrace/jobs';
import { until } from '@millrace/testkit';
import { mintLocalToken } from '../local-key.ts';
import type { Role } from '../role.ts';
import { startFlour } from './flour-service.ts';

let { url, ask, command, finished }: Awaited<ReturnType<typeof startFlour>> = {} as never;

beforeAll(async () => {
  ({ url, ask, command, finished } = await startFlour());
});

test('a job is commanded by name, waited for, and shown', async () => {
  const posted = await ask('POST', '/jobs', {
    body: { name: 'flour.grind', payload: { sacks: 2 }, tags: ['bread'], lane: 'hi' },
  });
  const job = posted.body['job'] as JobView;
  const shown = await finished(job.id);

  expect([posted.status, posted.location, posted.body['conflict']]).toEqual([202, `/jobs/${job.id}`, false]);
  expect(shown).toMatchObject({
    id: job.id,
    state: 'completed',
    lane: 'hi',
    tags: ['user:operator', 'bread'],
    result: { flour: 100 },
    payload: { sacks: 2, farm: 'north' },
  });
  expect(shown.meta).toMatchObject({ requestedBy: 'operator' });
});

test('of an array every command is checked before any is accepted', async () => {
  const tag = randomUUID();
  const good = { name: 'flour.grind', payload: { sacks: 1 }, tags: [tag] };
  const bad = await ask('POST', '/jobs', { body: [good, { ...good, payload: { sacks: 0 } }] });
  const none = await ask('GET', `/jobs?tag=${tag}`);
  const both = await ask('POST', '/jobs', { body: [good, good] });
  const two = await ask('GET', `/jobs?tag=${tag}`);

  expect([bad.status, bad.body['errors']]).toEqual([
    422,
    [{ path: 'body.1.payload.sacks', message: 'must be more than 0' }],
  ]);
  expect([none.body['items'], both.status, (two.body['items'] as []).length]).toEqual([[], 202, 2]);
});

test('of an array none is accepted when one is refused, for whatever reason', async () => {
  const [tag, sack] = [randomUUID(), randomUUID()];
  const good = { name: 'flour.grind', payload: { sacks: 1 }, tags: [tag] };
  const sold = { name: 'flour.sell', payload: { sack }, tags: [tag] };
  const heavy = { ...good, payload: { sacks: 1, farm: 'x'.repeat(70_000) } };
  const codes = async (body: unknown) => {
    const { status, body: answer } = await ask('POST', '/jobs', { body });
    return [status, answer['code'], (answer['errors'] as { path: string }[] | undefined)?.map(({ path }) => path)];
  };

  const twice = await codes([good, sold, sold]);
  const large = await codes([good, heavy]);
  const unknown = await codes([good, { ...good, name: 'bread.bake' }]);
  const before = await ask('GET', `/jobs?tag=${tag}`);
  const alone = await ask('POST', '/jobs', { body: sold });
  const again = await codes([good, sold]);
  const after = await ask('GET', `/jobs?tag=${tag}`);

  expect([twice, large, unknown, again]).toEqual([
    [409, 'job-unique-conflict', undefined],
    [422, 'validation-failed', ['body.1.payload']],
    [422, 'job-name-unknown', undefined],
    [409, 'job-unique-conflict', undefined],
  ]);
  expect([before.body['items'], alone.status, (after.body['items'] as []).length]).toEqual([[], 202, 1]);
});

test('a command with an id is accepted once', async () => {
  const id = randomUUID();
  const first = await ask('POST', '/jobs', { body: { name: 'flour.grind', payload: { sacks: 1 }, id } });
  const second = await ask('POST', '/jobs', { body: { name: 'flour.grind', payload: { sacks: 9 }, id } });

  expect([first.body['conflict'], second.body['conflict']]).toEqual([false, true]);
  expect((second.body['job'] as JobView).payload).toMatchObject({ sacks: 1 });
});

test.each([
  [{ name: 'bread.bake', payload: {} }, 422, 'job-name-unknown'],
  [{ name: 'flour.grind', payload: { sacks: 'two' } }, 422, 'validation-failed'],
  [{ name: 'flour.grind' }, 422, 'validation-failed'],
  [[], 422, 'validation-failed'],
  ['flour.grind', 422, 'validation-failed'],
])('the command %j is refused', async (body, status, code) => {
  const answer = await ask('POST', '/jobs', { body });

  expect([answer.status, answer.body['code']]).toEqual([status, code]);
});

test('lists narrow by argument, tag, state, name and beginning, and page without repetition', async () => {
  const farm = randomUUID();
  const jobs = await Promise.all([1, 2, 3, 4, 5].map((sacks) => command({ sacks, farm }, { tags: [farm] })));
  await Promise.all(jobs.map(({ id }) => finished(id)));

  const seen: string[] = [];
  for (let path: string | undefined = `/jobs?arg.farm=${farm}&limit=2`; path; ) {
    const { body } = await ask('GET', path);
    seen.push(...(body['items'] as JobView[]).map(({ id }) => id));
    path = body['nextCursor'] ? `/jobs?arg.farm=${farm}&limit=2&cursor=${body['nextCursor']}` : undefined;
  }
  const count = async (query: string) => ((await ask('GET', `/jobs?tag=${farm}&${query}`)).body['items'] as []).length;

  expect(new Set(seen)).toEqual(new Set(jobs.map(({ id }) => id)));
  expect(seen).toHaveLength(5);
  expect(
    await Promise.all(
      [
        'arg.sacks=3',
        'state=completed',
        'state=failed,cancelled',
        'name=flour.grind',
        'q=flour.',
        'from=2100-01-01T00:00:00Z',
      ].map(count),
    ),
  ).toEqual([1, 5, 0, 5, 5, 0]);
  expect((await ask('GET', `/jobs/counts?tag=${farm}`)).body).toMatchObject({ completed: 5, failed: 0, executing: 0 });
});

test('a list goes by the time at which jobs are due, page by page, in both directions', async () => {
  const farm = randomUUID();
  const inHours = (hours: number) => new Date(Date.UTC(2100, 0, 1, hours)).toISOString();
  // Two are due at the same time.
  const hours = [3, 1, 2, 1, 4];
  const jobs = await Promise.all(hours.map((at) => command({ sacks: 1, farm }, { runAt: inHours(at) })));
  const walk = async (sort: string) => {
    const seen: JobView[] = [];
    for (let cursor = ''; ; ) {
      const { body } = await ask('GET', `/jobs?arg.farm=${farm}&sort=${sort}&limit=2${cursor}`);
      seen.push(...(body['items'] as JobView[]));
      if (body['nextCursor'] === null) return seen;
      cursor = `&cursor=${body['nextCursor']}`;
    }
  };

  const [up, down] = [await walk('scheduledAt'), await walk('-scheduledAt')];
  const other = await ask('GET', `/jobs?arg.farm=${farm}&sort=scheduledAt&limit=2`);
  const foreign = await ask('GET', `/jobs?sort=createdAt&cursor=${other.body['nextCursor']}`);
  await Promise.all(jobs.map(({ id }) => ask('POST', `/jobs/${id}/cancel`)));

  expect(up.map(({ scheduledAt }) => scheduledAt)).toEqual([1, 1, 2, 3, 4].map(inHours));
  expect(new Set(up.map(({ id }) => id)).size).toBe(hours.length);
  expect(down.map(({ id }) => id)).toEqual(up.map(({ id }) => id).toReversed());
  expect(foreign.status).toBe(422);
});

test('a list refuses what it does not know', async () => {
  const statuses = await Promise.all(
    [
      'arg.=1',
      'arg.$where=1',
      'state=lost',
      'sort=name',
      'from=yesterday',
      'colour=red',
      'state[$ne]=x',
      'cursor=AAAA',
    ].map(async (query) => (await ask('GET', `/jobs?${query}`)).status),
  );

  expect(statuses).toEqual([422, 422, 422, 422, 422, 422, 422, 422]);
});

test('a member sees the jobs they asked for and no others', async () => {
  const ada = { role: 'member', sub: randomUUID() } as const;
  const bob = { role: 'member', sub: randomUUID() } as const;
  const { body } = await ask('POST', '/orders', { body: { sacks: 1 }, ...ada });
  const { id } = body['job'] as JobView;

  const lists = await Promise.all(
    [ada, bob].map(async (who) => ((await ask('GET', '/jobs', who)).body['items'] as JobView[]).map((job) => job.id)),
  );
  const statuses = await Promise.all(
    [ada, bob, { role: 'viewer' } as const].map(async (who) => (await ask('GET', `/jobs/${id}`, who)).status),
  );

  expect(lists).toEqual([[id], []]);
  expect(statuses).toEqual([200, 404, 200]);
});

test('each role may do what it is for, and no more', async () => {
  const { id } = await finished((await command({ sacks: 1 })).id);
  const wishes: [string, string][] = [
    ['GET', '/queues'],
    ['GET', '/ledger'],
    ['GET', '/dead-letters'],
    ['GET', '/workers'],
    ['POST', `/jobs/${id}/cancel`],
    ['POST', `/jobs/${id}/retry`],
    ['DELETE', `/jobs/${id}`],
  ];
  const statusesOf = async (role: Role) => {
    const statuses: number[] = [];
    for (const [method, path] of wishes) statuses.push((await ask(method, path, { role })).status);
    return statuses;
  };

  expect(await statusesOf('member')).toEqual([403, 403, 403, 403, 403, 403, 403]);
  expect(await statusesOf('viewer')).toEqual([200, 200, 200, 200, 403, 403, 403]);
  expect(await statusesOf('operator')).toEqual([200, 200, 200, 200, 200, 409, 403]);
  expect(await statusesOf('admin')).toEqual([200, 200, 200, 200, 200, 409, 204]);
  expect((await ask('GET', `/jobs/${id}`)).status).toBe(404);
});

test('a running job is cancelled, and its stream ends with that', async () => {
  const { id } = await command({ sacks: 1, mood: 'slow' });
  const authorization = `Bearer ${await mintLocalToken({ role: 'viewer' })}`;
  const stream = await fetch(`${url}/jobs/${id}/events`, { headers: { authorization } });
  const whole = stream.text();
  await until(async () => (await ask('GET', `/jobs/${id}`)).body['state'] === 'executing', { message: 'the job runs' });

  await ask('POST', `/jobs/${id}/cancel`);
  const states = [...(await whole).matchAll(/"state":"(\w+)"/g)].map(([, state]) => state);

  expect(states.at(-1)).toBe('cancelled');
});
