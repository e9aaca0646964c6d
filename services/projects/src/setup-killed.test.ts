import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterFile, components, type RunningService, startService, until } from '@millrace/testkit';
import mongoose, { type Connection } from 'mongoose';
import { setupIdOf } from './domain/ids.ts';
import type { Project } from './domain/project.ts';
import { type StepKey, stepKeys } from './domain/setup.ts';
import { neighboursForTests } from './neighbours-for-tests.ts';
import { git } from './setup-world-for-tests.ts';

const namespace = `projects-killed-${process.pid}`;
let neighbours: Awaited<ReturnType<typeof neighboursForTests>>;
let folder: string;
let env: Record<string, string>;
let api: RunningService;
let database: Connection;

beforeAll(async () => {
  neighbours = await neighboursForTests();
  folder = await mkdtemp(join(tmpdir(), 'millrace-projects-killed-'));
  afterFile(() => rm(folder, { recursive: true }));
  const { amqpUrl, natsUrl, mongodbUri } = components();
  const { url } = neighbours;
  env = {
    AMQP_URL: amqpUrl,
    NATS_URL: natsUrl,
    MONGODB_URI: mongodbUri,
    NAMESPACE: namespace,
    ARTIFACTS_URL: pathToFileURL(join(folder, 'artifacts')).href,
    REPOSITORIES_URL: pathToFileURL(join(folder, 'repositories')).href,
    CAMPAIGN_URL: url,
    MESH_URL: url,
    MUSIC_URL: url,
    NOTIFICATIONS_URL: url,
    WEBHOOK_ALLOW: '127.0.0.0/8',
    LOG_LEVEL: 'error',
  };
  api = await startService('projects', { ...env, RUN: 'api' });
  database = await mongoose.createConnection(mongodbUri, { dbName: `${namespace}-projects` }).asPromise();
  afterFile(async () => {
    await database.dropDatabase();
    await database.close();
  });
}, 120_000);

async function begun(): Promise<string> {
  const headers = { authorization: `Bearer ${await api.token('member', 'ann')}`, 'content-type': 'application/json' };
  const post = async (path: string, body: object) =>
    (await fetch(`${api.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })).json() as Promise<{
      id: string;
    }>;
  const webhookUrl = `${neighbours.url}/hook`;
  const { id } = await post('/projects', { name: `Killed ${Math.random()}`, template: 'game', webhookUrl });
  await post(`/projects/${id}/setup`, {});
  return id;
}

const projectOf = (id: string) => database.collection<Project>('projects').findOne({ _id: id }) as Promise<Project>;
const stepOf = ({ setup }: Project, key: StepKey) => setup?.steps.find((step) => step.key === key);

/** Inside of a step, or at the border behind it. */
const hasCome = async (id: string, key: StepKey): Promise<boolean> =>
  (stepOf(await projectOf(id), key)?.attempts ?? 0) > 0;

test('workers killed in and behind every step leave a project that is ready, with each effect there once', async () => {
  const ids: string[] = [];
  let kills = 0;
  for (const key of stepKeys.slice(1)) {
    const id = await begun();
    ids.push(id);
    const worker = await startService('projects', { ...env, RUN: 'worker' });
    await until(() => hasCome(id, key), { withinMs: 60_000, everyMs: 1, message: `${key} of ${id}` });
    await worker.kill();
    kills++;
  }
  await startService('projects', { ...env, RUN: 'worker' });
  for (const id of ids)
    await until(async () => (await projectOf(id)).status === 'ready', { withinMs: 120_000, message: `${id} is ready` });

  const interrupted = new Set<string>();
  for (const id of ids) {
    const project = await projectOf(id);
    for (const { key, attempts } of project.setup?.steps ?? []) if (attempts > 1) interrupted.add(key);
    const gitdir = join(folder, 'repositories', `${id}.git`);
    expect(await git(gitdir, 'fsck', '--strict')).toBe('');
    expect(await git(gitdir, 'rev-list', '--count', '--all')).toBe('1');
    expect(await database.collection('project_slugs').countDocuments({ projectId: id })).toBe(1);
    expect(await database.collection('images').countDocuments({ projectId: id })).toBe(1);
    expect(project.secrets?.apiKeySha256).toMatch(/^[0-9a-f]{64}$/);
  }
  const posted = neighbours.seen.filter(({ method }) => method === 'POST');
  const keysOf = (path: string) => new Set(posted.filter((seen) => seen.path === path).map(({ key }) => key));
  const pings = ids.map((id) => setupIdOf(id, 'ping'));
  expect((await readdir(join(folder, 'repositories'))).sort()).toEqual(ids.map((id) => `${id}.git`).sort());
  expect([keysOf('/campaigns').size, keysOf('/meshes').size]).toEqual([ids.length, ids.length]);
  // Behind the ping, which has one id however often it is sent, each step is told under an id of its own.
  expect([...keysOf('/hook')]).toEqual(expect.arrayContaining(pings));
  process.stdout.write(`project setup: ${kills} kills, begun again: ${[...interrupted].join(', ')}\n`);
  expect(kills).toBe(stepKeys.length - 1);
}, 500_000);
