import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { signedHeaders } from '@millrace/outside/signing';
import { mintLocalToken } from '@millrace/service';
import { afterFile, components, type RunningService, startService, until } from '@millrace/testkit';
import mongoose, { type Connection } from 'mongoose';
import { setupIdOf } from './domain/ids.ts';
import type { Project } from './domain/project.ts';
import { stepKeys } from './domain/step-state.ts';
import { neighboursForTests } from './neighbours-for-tests.ts';
import { type Death, deaths, nameOf } from './setup-deaths-for-tests.ts';
import { git } from './setup-world-for-tests.ts';

const program = fileURLToPath(new URL('setup-dying-for-tests.ts', import.meta.url));
const atOnce = 2;

let neighbours: Awaited<ReturnType<typeof neighboursForTests>>;
let folder: string;
let env: Record<string, string>;
let api: RunningService;
let database: Connection;
const idOf = new Map<Death, string>();

beforeAll(async () => {
  neighbours = await neighboursForTests();
  folder = await mkdtemp(join(tmpdir(), 'millrace-projects-killed-'));
  afterFile(() => rm(folder, { recursive: true }));
  const { amqpUrl, natsUrl, mongodbUri } = components();
  const namespace = `projects-killed-${process.pid}`;
  const { url } = neighbours;
  env = {
    AMQP_URL: amqpUrl,
    NATS_URL: natsUrl,
    MONGODB_URI: mongodbUri,
    NAMESPACE: namespace,
    AUTH_LOCAL_KEY_FILE: join(folder, 'key.json'),
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
  for (const death of deaths) idOf.set(death, await begun(death));
  await allDie();
  await startService('projects', { ...env, RUN: 'worker' });
  const isOver = async () => (await database.collection('jobs').countDocuments({ endedAt: null })) === 0;
  await until(isOver, { withinMs: 120_000, everyMs: 200, message: 'all setups have ended' });
}, 500_000);

async function begun(death: Death): Promise<string> {
  const authorization = `Bearer ${await mintLocalToken({ role: 'member', sub: 'ann', keyFile: env['AUTH_LOCAL_KEY_FILE'] ?? '' })}`;
  const headers = { authorization, 'content-type': 'application/json' };
  const post = async (path: string, body: object) =>
    (await fetch(`${api.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })).json() as Promise<{
      id: string;
    }>;
  const webhookUrl = `${neighbours.url}/hook`;
  const members = [{ sub: 'bob', role: 'editor' }];
  const { id } = await post('/projects', { name: nameOf(death), template: 'game', webhookUrl, members });
  await post(`/projects/${id}/setup`, {});
  return id;
}

/** Each process dies in the setup of one project. */
async function allDie(): Promise<void> {
  const left = deaths.values();
  const oneAfterTheOther = async () => {
    for (const _ of left) await oneDies();
  };
  await Promise.all(Array.from({ length: atOnce }, oneAfterTheOther));
}

async function oneDies(): Promise<void> {
  const wish = JSON.stringify({ ...env, RUN: 'worker', PORT: '0' });
  const child = spawn(process.execPath, [program, wish], { stdio: ['ignore', 'ignore', 'pipe'] });
  afterFile(async () => void child.kill('SIGKILL'));
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const [code, signal] = await once(child, 'exit');
  if (signal !== 'SIGKILL') throw new Error(`a process that was to die ended with ${code}: ${said.slice(-600)}`);
}

const projectOf = (id: string) => database.collection<Project>('projects').findOne({ _id: id }) as Promise<Project>;

/** How often each step was begun: the one that died once more, unless its end was written already. */
const attemptsOf = ({ key, moment }: Death) =>
  stepKeys.map((step) => [step, step === key && moment !== 'ended' && moment !== 'border' ? 2 : 1]);

test.each(deaths)('a process that dies at $key $moment leaves a setup that goes on there, once', async (death) => {
  const id = idOf.get(death) ?? '';
  const project = await projectOf(id);
  const job = await database.collection('jobs').findOne({ _id: project.setup?.jobId as never });

  expect([project.status, project.setup?.status]).toEqual(['ready', 'succeeded']);
  expect(project.setup?.steps.map(({ key, attempts }) => [key, attempts])).toEqual(attemptsOf(death));
  expect(job).toMatchObject({ state: 'completed', attempt: 1, crashes: 1 });
  expect(job?.['events'].map(({ type }: { type: string }) => type)).toEqual([
    'project.ready',
    'project.member-invited',
  ]);
  expect(await effectsOf(project)).toEqual({
    ...{ slugs: 1, images: 1, pictures: 1, workspace: 6, branches: 2, commits: 1, fsck: '' },
    ...{ campaigns: 1, meshes: 1, pings: 1, isSignedByItsSecret: true, hasItsKey: true },
  });
});

/** What of a project there is outside of it, counted. */
async function effectsOf({ _id: id, secrets, setup }: Project) {
  const gitdir = join(folder, 'repositories', `${id}.git`);
  const filesIn = async (...path: string[]) => {
    const found = await readdir(join(folder, 'artifacts', ...path), { recursive: true, withFileTypes: true });
    return found.filter((entry) => entry.isFile()).length;
  };
  const made = (kind: string, what: string) => {
    const key = setupIdOf(id, what);
    const answered = neighbours.seen.filter((seen) => seen.path === `/${kind}` && seen.key === key);
    return answered.length > 0 ? 1 : 0;
  };
  const pings = neighbours.seen.filter(({ path, body }) => path === '/hook' && isPingOf(body, id));
  return {
    slugs: await database.collection('project_slugs').countDocuments({ projectId: id }),
    images: await database.collection('images').countDocuments({ projectId: id }),
    pictures: await filesIn('projects', id),
    workspace: await filesIn('workspaces', id),
    branches: (await git(gitdir, 'for-each-ref', '--format=%(refname)', 'refs/heads')).split('\n').length,
    commits: Number(await git(gitdir, 'rev-list', '--count', '--all')),
    fsck: await git(gitdir, 'fsck', '--strict'),
    campaigns: made('campaigns', 'campaign'),
    meshes: made('meshes', 'mesh'),
    pings: new Set(pings.map(({ key }) => key)).size,
    isSignedByItsSecret: pings.every(({ key, body, headers }) => {
      const at = new Date(Number(headers['webhook-timestamp']) * 1_000);
      const secret = { secret: secrets?.webhookSecret ?? '', until: null };
      return signedHeaders([secret], { id: key, body }, at)['webhook-signature'] === headers['webhook-signature'];
    }),
    hasItsKey: secrets?.apiKeySha256 === setup?.steps.find(({ key }) => key === 'secrets')?.output?.['apiKeySha256'],
  };
}

const isPingOf = (body: string, id: string) => body.includes('project.ping') && body.includes(id);

test('all setups together have left one repository, campaign and mesh for each project, and no more', async () => {
  expect((await readdir(join(folder, 'repositories'))).toSorted()).toEqual(
    [...idOf.values()].map((id) => `${id}.git`).toSorted(),
  );
  expect(neighbours.made.size).toBe(2 * deaths.length);
});
