import { randomUUID } from 'node:crypto';
import { afterFile, components, until } from '@millrace/testkit';
import { jobContract } from '@millrace/contracts';
import { cancel, defineJob, done, fail, type JobView } from '@millrace/jobs';
import { z } from 'zod';
import { serviceConfig } from '../config.ts';
import { mintLocalToken } from '../local-key.ts';
import { route } from '../route.ts';
import type { Role } from '../role.ts';
import { accepted } from '../reply.ts';
import { startService } from '../start-service.ts';

const grind = jobContract({
  name: 'flour.grind',
  queue: 'flour.default',
  summary: 'Grinds.',
  maxAttempts: 1,
  payload: z.object({ sacks: z.int().positive(), farm: z.string().default('north'), mood: z.enum(['fine', 'broken', 'slow']).default('fine') }),
});

let url: string;

/** Slow runs end when told to. */
const gates = new Map<string, () => void>();

beforeAll(async () => {
  const { amqpUrl, natsUrl, mongodbUri } = components();
  const env = {
    AMQP_URL: amqpUrl,
    NATS_URL: natsUrl,
    MONGODB_URI: mongodbUri,
    NAMESPACE: `kit-${randomUUID().slice(0, 8)}`,
    LOG_LEVEL: 'silent',
    DRAIN_SECONDS: '2',
  };
  const grinder = defineJob(grind, {
    async run({ payload, jobId, signal, progress }) {
      if (payload.mood === 'broken') return fail({ code: 'stone-broken', message: 'the stone is broken', remedy: 'mend it' });
      if (payload.mood === 'slow') {
        progress(0.5, 'half ground');
        await new Promise<void>((resolve) => {
          gates.set(jobId, resolve);
          signal.addEventListener('abort', () => resolve());
        });
        if (signal.aborted) return cancel('told to stop');
      }
      return done({ result: { flour: payload.sacks * 50 } });
    },
  });
  const service = await startService({
    name: 'flour',
    config: serviceConfig(z.object({}), { port: 0, env }),
    app: () => ({
      jobs: [grinder],
      routes: ({ jobs }) => [
        route({
          method: 'post',
          path: '/orders',
          summary: 'Orders flour.',
          role: 'member',
          body: z.object({ sacks: z.int() }),
          responses: { 202: z.unknown() },
          async handle({ body, user, commandId }) {
            const { job } = await jobs.enqueue(grind, body, { id: commandId, meta: { requestedBy: user.sub }, tags: [`user:${user.sub}`] });
            return accepted(`/jobs/${job.id}`, { job });
          },
        }),
      ],
    }),
    handleSignals: false,
  });
  afterFile(() => service.stop());
  url = service.url;
  await until(async () => (await fetch(`${url}/readyz`)).ok, { withinMs: 20_000, message: 'ready' });
});

async function ask(method: string, path: string, { body, role = 'operator', sub = role }: { body?: unknown; role?: Role; sub?: string } = {}) {
  const headers = {
    authorization: `Bearer ${await mintLocalToken({ role, sub })}`,
    ...(body !== undefined && { 'content-type': 'application/json' }),
  };
  const answer = await fetch(url + path, { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) });
  const text = await answer.text();
  return { status: answer.status, location: answer.headers.get('location'), body: (text ? JSON.parse(text) : undefined) as Record<string, unknown> };
}

const command = async (payload: object, more: object = {}): Promise<JobView> =>
  (await ask('POST', '/jobs', { body: { name: 'flour.grind', payload, ...more } })).body['job'] as JobView;

const finished = async (id: string) => (await ask('GET', `/jobs/${id}?wait=10`)).body as unknown as JobView;

test('a job is commanded by name, waited for, and shown', async () => {
  const posted = await ask('POST', '/jobs', { body: { name: 'flour.grind', payload: { sacks: 2 }, tags: ['bread'], lane: 'hi' } });
  const job = posted.body['job'] as JobView;
  const shown = await finished(job.id);

  expect([posted.status, posted.location, posted.body['conflict']]).toEqual([202, `/jobs/${job.id}`, false]);
  expect(shown).toMatchObject({ id: job.id, state: 'completed', lane: 'hi', tags: ['bread'], result: { flour: 100 }, payload: { sacks: 2, farm: 'north' } });
  expect(shown.meta).toMatchObject({ requestedBy: 'operator' });
});

test('of an array every command is checked before any is accepted', async () => {
  const tag = randomUUID();
  const good = { name: 'flour.grind', payload: { sacks: 1 }, tags: [tag] };
  const bad = await ask('POST', '/jobs', { body: [good, { ...good, payload: { sacks: 0 } }] });
  const none = await ask('GET', `/jobs?tag=${tag}`);
  const both = await ask('POST', '/jobs', { body: [good, good] });
  const two = await ask('GET', `/jobs?tag=${tag}`);

  expect([bad.status, bad.body['errors']]).toEqual([422, [{ path: 'body.1.payload.sacks', message: 'must be more than 0' }]]);
  expect([none.body['items'], both.status, (two.body['items'] as []).length]).toEqual([[], 202, 2]);
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
  expect(await Promise.all(['arg.sacks=3', 'state=completed', 'state=failed,cancelled', 'name=flour.grind', 'q=flour.', 'from=2100-01-01T00:00:00Z'].map(count))).toEqual([1, 5, 0, 5, 5, 0]);
  expect((await ask('GET', `/jobs/counts?tag=${farm}`)).body).toMatchObject({ completed: 5, failed: 0, executing: 0 });
});

test('a list refuses what it does not know', async () => {
  const statuses = await Promise.all(['arg.=1', 'arg.$where=1', 'state=lost', 'sort=name', 'from=yesterday', 'colour=red', 'state[$ne]=x', 'cursor=AAAA'].map(async (query) => (await ask('GET', `/jobs?${query}`)).status));

  expect(statuses).toEqual([422, 422, 422, 422, 422, 422, 422, 422]);
});

test('a member sees the jobs they asked for and no others', async () => {
  const ada = { role: 'member', sub: randomUUID() } as const;
  const bob = { role: 'member', sub: randomUUID() } as const;
  const { body } = await ask('POST', '/orders', { body: { sacks: 1 }, ...ada });
  const { id } = body['job'] as JobView;

  const lists = await Promise.all([ada, bob].map(async (who) => ((await ask('GET', '/jobs', who)).body['items'] as JobView[]).map((job) => job.id)));
  const statuses = await Promise.all([ada, bob, { role: 'viewer' } as const].map(async (who) => (await ask('GET', `/jobs/${id}`, who)).status));

  expect(lists).toEqual([[id], []]);
  expect(statuses).toEqual([200, 404, 200]);
});

test('each role may do what it is for, and no more', async () => {
  const { id } = await finished((await command({ sacks: 1 })).id);
  const wishes: [string, string][] = [['GET', '/queues'], ['GET', '/ledger'], ['GET', '/dead-letters'], ['GET', '/workers'], ['POST', `/jobs/${id}/cancel`], ['POST', `/jobs/${id}/retry`], ['DELETE', `/jobs/${id}`]];
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
  await until(() => gates.has(id), { message: 'the job runs' });

  await ask('POST', `/jobs/${id}/cancel`);
  const states = [...(await whole).matchAll(/"state":"(\w+)"/g)].map(([, state]) => state);

  expect(states.at(-1)).toBe('cancelled');
});

test('a failed job is a dead letter that is noted, replayed with another payload, and deleted', async () => {
  const failed = await finished((await command({ sacks: 7, mood: 'broken' })).id);
  const group = ((await ask('GET', '/dead-letters')).body['items'] as { fingerprint: string; code: string }[]).find(({ code }) => code === 'stone-broken');
  const members = await ask('GET', `/dead-letters/${group?.fingerprint}`);

  const parked = await ask('POST', `/dead-letters/${failed.id}/park`, { body: { note: 'the mason comes on Monday' } });
  const checked = await ask('POST', `/dead-letters/${failed.id}/replay`, { body: { payload: { sacks: -1 }, dryRun: true } });
  const replayed = await ask('POST', `/dead-letters/${failed.id}/replay`, { body: { payload: { sacks: 7 } } });
  const again = await finished((replayed.body['job'] as JobView).id);

  expect(failed).toMatchObject({ state: 'failed', fingerprint: group?.fingerprint });
  expect((members.body['items'] as { id: string; source: string }[]).map(({ id, source }) => [id, source])).toContainEqual([failed.id, 'job']);
  expect(parked.body).toMatchObject({ state: 'parked', note: 'the mason comes on Monday' });
  expect([checked.status, replayed.status]).toEqual([422, 202]);
  expect(again).toMatchObject({ state: 'completed', replayedFrom: failed.id, rootId: failed.rootId, result: { flour: 350 } });
});

test('dead letters of a group are replayed together', async () => {
  const farm = randomUUID();
  const letters = await Promise.all([1, 2, 3].map((sacks) => command({ sacks, farm, mood: 'broken' })));
  const [first] = await Promise.all(letters.map(({ id }) => finished(id)));

  const answer = await ask('POST', '/dead-letters/replay', { body: { filter: { fingerprint: first?.fingerprint }, rate: 500 } });

  expect(answer.status).toBe(200);
  expect(answer.body['replayed']).toBeGreaterThanOrEqual(3);
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

  expect(queues.body['items']).toMatchObject([{ name: 'flour.default', paused: false, jobs: ['flour.grind'] }]);
  expect(queue.body).toMatchObject({ name: 'flour.default', running: 0 });
  expect(workers.body['items']).toMatchObject([{ slots: 25, queues: ['flour.default'] }]);
  expect(ledger).toMatchObject({ name: 'flour.grind', imbalance: 0 });
  expect((await ask('GET', '/queues/none')).body).toMatchObject({ code: 'queue-not-found', status: 404 });
});

test('announcements of a time are told again', async () => {
  const answer = await ask('POST', '/announcements/republish', { body: { from: '2020-01-01T00:00:00Z', to: '2100-01-01T00:00:00Z' } });

  expect([answer.status, answer.body]).toEqual([202, { jobs: 0 }]);
});

test('the documentation describes every route', async () => {
  const document = (await (await fetch(`${url}/openapi.json`)).json()) as { paths: Record<string, Record<string, { responses: Record<string, unknown>; security: unknown }>> };

  expect(Object.keys(document.paths)).toEqual(expect.arrayContaining(['/orders', '/jobs', '/jobs/{id}', '/jobs/{id}/events', '/dead-letters/{id}/replay', '/queues/{name}', '/ledger']));
  expect(Object.keys(document.paths['/jobs']?.['post']?.responses ?? {})).toEqual(expect.arrayContaining(['202', '400', '401', '403', '409', '413', '415', '422', '429', '503']));
  expect(document.paths['/jobs']?.['post']?.security).toEqual([{ bearer: [] }]);
});
