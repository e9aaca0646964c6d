import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Course, failure, startEngineForTests } from '@millrace/mesh-orchestrator/engine-for-tests';
import { State } from '@millrace/mesh-rpc';
import { afterFile, components, type RunningService, startService, until } from '@millrace/testkit';
import { MongoClient } from 'mongodb';

const secret = 'a-secret-of-these-tests';
const people = 8;
const each = 25;

const hangs: Course = { stages: [{ state: State.PROCESSING, stage: 'triangulate', progress: 60 }] };

/** What is to become of the n-th mesh. */
const fates = ['completed', 'failed', 'completed', 'cancelled', 'completed'] as const;
const fateOf = (index: number) => fates[index % fates.length] ?? 'completed';

type Mesh = { id: string; status: string; error: { code: string } | null };
type Entry = { title: string };

async function world() {
  const directory = await mkdtemp(join(tmpdir(), 'millrace-meshes-'));
  const engine = await startEngineForTests({ directory, secret });
  const namespace = `meshes-${randomUUID().slice(0, 8)}`;
  const env = {
    NAMESPACE: namespace,
    MESH_ENGINE_ADDRESS: engine.address,
    CALLBACK_SECRET: secret,
    ARTIFACTS_URL: pathToFileURL(directory).href,
    MESH_SILENCE_MS: '1500',
    MESH_WATCH_MS: '1000',
    JOBS_LEASE_MS: '2000',
    JOBS_HEARTBEAT_MS: '400',
    JOBS_SWEEP_MS: '300',
    JOBS_REDISPATCH_MS: '2000',
  };
  const client = new MongoClient(components().mongodbUri);
  afterFile(async () => {
    engine.stop();
    for (const name of ['mesh-orchestrator', 'notifications']) await client.db(`${namespace}-${name}`).dropDatabase();
    await client.close();
    await rm(directory, { recursive: true });
  });
  const [one, other, notifications] = await Promise.all(
    ['mesh-orchestrator', 'mesh-orchestrator', 'notifications'].map((name) => startService(name, env)),
  );
  if (!one || !other || !notifications) throw new Error('a service has not started');
  return { engine, one, other, notifications, database: client.db(`${namespace}-mesh-orchestrator`) };
}

async function ask<Body>(
  service: RunningService,
  token: string,
  method: string,
  path: string,
  body?: unknown,
): Promise<Body> {
  const answer = await fetch(service.url + path, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as Body;
}

test('200 meshes at once: never more than 10 being made, each ends as it has to and is told of once, also when a replica is killed', async () => {
  const { engine, one, other, notifications, database } = await world();
  engine.behaviour.courseOf = ({ source }) => {
    const fate = /fate-(\w+)-/.exec(String(source?.value))?.[1];
    if (fate === 'failed') return { stages: [failure('IMAGE_CORRUPT', true)] };
    return fate === 'cancelled' ? hangs : { stepMs: 30 };
  };
  const tokens = await Promise.all(
    Array.from({ length: people }, (_, index) => one.token('member', `person-${index}`)),
  );
  const asked: { id: string; token: string; fate: string }[] = [];

  await Promise.all(
    tokens.map(async (token, person) => {
      for (let index = 0; index < each; index++) {
        const fate = fateOf(index + person);
        const imageUrl = `https://pictures.example/fate-${fate}-${person}-${index}.png`;
        const { id } = await ask<Mesh>(one, token, 'POST', '/meshes', { imageUrl, reuse: false });
        asked.push({ id, token, fate });
      }
    }),
  );
  // Half of those that hang are cancelled while they wait, the others whenever their turn has come.
  const cancelling = asked
    .filter(({ fate }) => fate === 'cancelled')
    .map(async ({ id, token }, index) => {
      if (index % 2 === 0)
        await until(() => engine.jobs.has(`${id}.1`), { withinMs: 90_000, message: `mesh ${id} is being made` });
      await ask<Mesh>(other, token, 'POST', `/meshes/${id}/cancel`);
    });
  await until(() => engine.seen.generated.length > 60, { withinMs: 60_000, message: 'many have been begun' });
  await one.kill('SIGKILL');
  await Promise.all(cancelling);

  const ended = await until(
    async () => {
      const rows = await database
        .collection('meshes')
        .find({ status: { $in: ['completed', 'failed', 'cancelled'] } })
        .toArray();
      return rows.length === people * each && new Map(rows.map((row) => [String(row._id), String(row['status'])]));
    },
    { withinMs: 90_000, message: 'all meshes have ended' },
  );
  expect(asked.filter(({ id, fate }) => ended.get(id) !== fate)).toEqual([]);
  expect(engine.seen.mostAtOnce).toBeLessThanOrEqual(10);
  expect(engine.seen.mostAtOnce).toBeGreaterThan(5);
  // Handed over again after the kill, a mesh is the same job there.
  expect(engine.seen.generated.filter((job) => !job.endsWith('.1'))).toEqual([]);

  for (const [person, token] of tokens.entries()) {
    const expected = asked.filter((mesh) => mesh.token === token && mesh.fate !== 'cancelled').length;
    await until(async () => (await unread(notifications, token)) >= expected, {
      withinMs: 20_000,
      message: `person ${person} is told`,
    });
    const { items } = await ask<{ items: Entry[] }>(notifications, token, 'GET', '/notifications?state=all&limit=100');
    expect(items).toHaveLength(expected);
  }
  await until(
    async () =>
      (await database
        .collection('jobs')
        .countDocuments({ endedAt: { $exists: false }, name: { $ne: 'mesh.clean' } })) === 0,
    {
      withinMs: 20_000,
      message: 'no job is left',
    },
  );
  const operator = await other.token('operator');
  const { items } = await ask<{ items: { name: string; imbalance: number }[] }>(other, operator, 'GET', '/ledger');
  expect(items.filter(({ imbalance }) => imbalance !== 0)).toEqual([]);
  const limits = await ask<{ items: { key: string; used: number }[] }>(other, operator, 'GET', '/limits');
  expect(limits.items.filter(({ used }) => used > 0)).toEqual([]);
}, 240_000);

const unread = async (notifications: RunningService, token: string): Promise<number> =>
  (await ask<{ count: number }>(notifications, token, 'GET', '/notifications/unread-count')).count;
