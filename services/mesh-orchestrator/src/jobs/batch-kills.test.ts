import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { mintLocalToken } from '@millrace/service';
import { afterFile, components, startService, until } from '@millrace/testkit';
import { MongoClient } from 'mongodb';
import { projectsForTests } from '../batch-world-for-tests.ts';
import { startEngineForTests } from '../engine-for-tests.ts';
import type { BatchResource } from '../http/batch-resource.ts';

const pictures = 12;

test('a batch whose replicas are killed makes each mesh once, counts it once and tells one end', async () => {
  const { start, projects, database } = await setup();
  const first = await start();
  const wish = await projects.project('ann', pictures);
  const authorization = `Bearer ${await mintLocalToken({ role: 'member', sub: 'ann', keyFile: projects.keyFile })}`;
  const headers = { authorization, 'content-type': 'application/json' };
  const body = JSON.stringify({ ...wish, reuse: false });
  const { id } = (await (
    await fetch(`${first.url}/batches`, { method: 'POST', headers, body })
  ).json()) as BatchResource;
  const batch = () => database.collection('batches').findOne({ _id: id as never });
  const isThrough = (count: number) => until(async () => (await batch())?.['completed'] >= count, { withinMs: 30_000 });

  await isThrough(2);
  const second = await start();
  await first.kill();
  await isThrough(6);
  const third = await start();
  await second.kill();
  await until(async () => (await batch())?.['status'] === 'completed', { withinMs: 60_000 });
  const isIdle = async () => (await database.collection('jobs').countDocuments({ endedAt: null })) === 0;
  await until(isIdle, { withinMs: 30_000 });

  const ended = await batch();
  expect(ended).toMatchObject({ total: pictures, completed: pictures, failed: 0, cancelled: 0 });
  expect(ended?.['items'].map(({ state }: { state: string }) => state)).toEqual(Array(pictures).fill('completed'));
  const told = (await database.collection('jobs').find({}).toArray()).flatMap(
    (job) => (job['events'] ?? []) as { type: string }[],
  );
  const countOf = (type: string) => told.filter((event) => event.type === type).length;
  expect([countOf('batch.completed'), countOf('batch.failed'), countOf('mesh.completed')]).toEqual([1, 0, pictures]);
  expect(await database.collection('meshes').countDocuments({ batchId: id })).toBe(pictures);
  await third.kill('SIGTERM');
});

async function setup() {
  const { amqpUrl, natsUrl, mongodbUri } = components();
  const projects = await projectsForTests();
  const directory = await mkdtemp(join(tmpdir(), 'millrace-kills-'));
  const secret = 'a-secret-of-these-tests';
  const engine = await startEngineForTests({ directory, secret });
  engine.behaviour.courseOf = () => ({ stepMs: 150 });
  const namespace = `kills-${randomUUID().slice(0, 8)}`;
  const client = new MongoClient(mongodbUri);
  const database = client.db(`${namespace}-mesh-orchestrator`);
  afterFile(async () => {
    engine.stop();
    await database.dropDatabase();
    await client.close();
    await rm(directory, { recursive: true });
  });
  const env = {
    AMQP_URL: amqpUrl,
    NATS_URL: natsUrl,
    MONGODB_URI: mongodbUri,
    NAMESPACE: namespace,
    AUTH_LOCAL_KEY_FILE: projects.keyFile,
    ARTIFACTS_URL: pathToFileURL(directory).href,
    PROJECTS_URL: projects.url,
    MESH_ENGINE_ADDRESS: engine.address,
    CALLBACK_SECRET: secret,
    MESH_WATCH_MS: '300',
    MESH_SILENCE_MS: '600',
    JOBS_LEASE_MS: '1500',
    JOBS_HEARTBEAT_MS: '300',
    JOBS_SWEEP_MS: '300',
    LOG_LEVEL: 'error',
  };
  return { projects, database, start: () => startService('mesh-orchestrator', env) };
}
