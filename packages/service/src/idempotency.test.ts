import { randomUUID } from 'node:crypto';
import { afterFile, components, until } from '@millrace/testkit';
import mongoose from 'mongoose';
import { z } from 'zod';
import { startHello } from './hello-service.ts';
import { idempotencyClaim } from './idempotency-claim.ts';
import { mongoIdempotencyStore } from './idempotency-store.ts';
import { mintLocalToken } from './local-key.ts';
import { problem } from './problem.ts';
import { created, Reply } from './reply.ts';
import { route } from './route.ts';

type Made = { commandId: string; name: string };

/** A service that makes things when told, and lets a test decide how that goes. */
async function setup() {
  const made: Made[] = [];
  let during: (made: Made) => Promise<void> | void = () => {};
  const things = route({
    method: 'post',
    path: '/things',
    summary: 'Makes a thing.',
    role: 'member',
    body: z.object({ name: z.string() }),
    responses: { 201: z.unknown() },
    async handle({ body, commandId }) {
      made.push({ commandId, name: body.name });
      await during({ commandId, name: body.name });
      return created(`/things/${commandId}`, { id: commandId, name: body.name });
    },
  });
  const { url } = await startHello([things]);
  await until(async () => (await fetch(`${url}/readyz`)).ok, { withinMs: 10_000, message: 'ready' });
  const post = async (name: string, { key = 'k', sub = 'ada', text = JSON.stringify({ name }) } = {}) => {
    const authorization = `Bearer ${await mintLocalToken({ role: 'member', sub })}`;
    const headers = { authorization, 'content-type': 'application/json', 'idempotency-key': key };
    const answer = await fetch(`${url}/things`, { method: 'POST', headers, body: text });
    return {
      status: answer.status,
      location: answer.headers.get('location'),
      replayed: answer.headers.get('idempotency-replayed'),
      body: (await answer.json()) as { id?: string; code?: string },
    };
  };
  return { made, post, while: (action: typeof during) => (during = action) };
}

test('the same key and body get the same answer from one effect', async () => {
  const { made, post } = await setup();

  const first = await post('mill');
  const second = await post('mill', { text: '{ "name" : "mill" }' });

  expect(first).toEqual({
    status: 201,
    location: `/things/${first.body.id}`,
    replayed: null,
    body: { id: first.body.id, name: 'mill' },
  });
  expect(second).toEqual({ ...first, replayed: 'true' });
  expect(made).toEqual([{ commandId: first.body.id, name: 'mill' }]);
});

test('the same key with another body is refused', async () => {
  const { made, post } = await setup();

  await post('mill');
  const second = await post('race');

  expect([second.status, second.body.code]).toEqual([422, 'idempotency-key-reused']);
  expect(made.map(({ name }) => name)).toEqual(['mill']);
});

test('the same key of another person or another key is another request', async () => {
  const { made, post } = await setup();

  const answers = [await post('mill'), await post('mill', { sub: 'bob' }), await post('mill', { key: 'l' })];

  expect(answers.map(({ status, replayed }) => [status, replayed])).toEqual([
    [201, null],
    [201, null],
    [201, null],
  ]);
  expect(new Set(made.map(({ commandId }) => commandId)).size).toBe(3);
});

test('of fifty requests at once with one key exactly one has an effect', async () => {
  const { made, post, while: during } = await setup();
  const gate = Promise.withResolvers<void>();
  during(() => gate.promise);

  const answers = Array.from({ length: 50 }, () => post('mill'));
  const refused = await Promise.race(answers);
  gate.resolve();
  const statuses = (await Promise.all(answers)).map(({ status }) => status);

  expect([refused.status, refused.body.code]).toEqual([409, 'idempotency-key-in-progress']);
  expect(made).toHaveLength(1);
  expect(new Set(statuses)).toEqual(new Set([201, 409]));
});

test('a refusal is kept, a fault is not', async () => {
  const { made, post, while: during } = await setup();
  during(() => {
    if (made.length === 1) throw new Error('disk full');
    throw problem('name-taken', { name: 'mill' });
  });

  const answers = [await post('mill'), await post('mill'), await post('mill')];

  expect(answers.map(({ status, replayed }) => [status, replayed])).toEqual([
    [500, null],
    [409, null],
    [409, 'true'],
  ]);
  expect(new Set(made.map(({ commandId }) => commandId)).size).toBe(1);
});

test('another body after a fault is still refused', async () => {
  const { post, while: during } = await setup();
  during(() => {
    throw new Error('disk full');
  });

  await post('mill');

  expect((await post('race')).body.code).toBe('idempotency-key-reused');
});

async function privateStore(leaseMs: number) {
  const connection = await mongoose
    .createConnection(components().mongodbUri, { dbName: `kit-${randomUUID().slice(0, 8)}` })
    .asPromise();
  afterFile(() => connection.close());
  return mongoIdempotencyStore(connection, { leaseMs });
}

const claimOf = (key: string) =>
  idempotencyClaim(
    { get: () => key, method: 'POST', path: '/things', body: {}, query: {} } as unknown as Parameters<
      typeof idempotencyClaim
    >[0],
    { sub: 'ada', role: 'member', seesAll: false },
  ) as NonNullable<ReturnType<typeof idempotencyClaim>>;

test('a claim is taken over when its process is gone, and kept while it lives', async () => {
  const store = await privateStore(300);
  const claim = claimOf('takeover');
  const alive = Promise.withResolvers<Reply>();

  const running = store.once(claim, () => alive.promise);
  const early = await until(() =>
    store.once(claim, async () => new Reply(200, 'second')).catch((error: unknown) => error),
  );
  const startedAt = Date.now();
  await until(() => Date.now() - startedAt > 1_000, { message: 'three leases have passed' });
  const late = await store.once(claim, async () => new Reply(200, 'second')).catch((error: unknown) => error);
  alive.resolve(new Reply(200, 'first'));

  expect([early, late]).toMatchObject([
    { code: 'idempotency-key-in-progress' },
    { code: 'idempotency-key-in-progress' },
  ]);
  expect((await running).body).toBe('first');
});

test('keys that come at the same moment do not disturb each other, whether new, answered or at work', async () => {
  const store = await privateStore(30_000);
  const atWork = Promise.withResolvers<Reply>();
  const answer = (text: string) => async () => new Reply(200, text);
  await store.once(claimOf('answered'), answer('first'));
  const begun = Promise.withResolvers<void>();
  const running = store.once(claimOf('at work'), () => {
    begun.resolve();
    return atWork.promise;
  });
  await begun.promise;

  const keys = ['new', 'answered', 'another', 'at work'];
  const told = await Promise.allSettled(keys.map((key, index) => store.once(claimOf(key), answer(`${key} ${index}`))));
  atWork.resolve(new Reply(200, 'done'));

  expect(told.map((one) => (one.status === 'fulfilled' ? one.value.body : one.reason.code))).toEqual([
    'new 0',
    'first',
    'another 2',
    'idempotency-key-in-progress',
  ]);
  expect((await running).body).toBe('done');
});
