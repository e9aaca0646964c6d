import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Kit } from '@millrace/service';
import { afterFile, components } from '@millrace/testkit';
import mongoose, { type Connection } from 'mongoose';
import { v7 } from 'uuid';
import { partsOf } from './app.ts';
import { type Config, readConfig } from './config.ts';
import { setupIdOf } from './domain/ids.ts';
import type { Project } from './domain/project.ts';
import { type CancelMode, type StepKey, stepKeys } from './domain/setup.ts';
import { neighboursForTests } from './neighbours-for-tests.ts';

type Moment = 'inside' | 'behind';
type Wish = { readonly key: StepKey; readonly moment: Moment; readonly mode: CancelMode };

let database: Connection;
let neighbours: Awaited<ReturnType<typeof neighboursForTests>>;
let folder: string;
let config: Config;

beforeAll(async () => {
  const { mongodbUri, amqpUrl, natsUrl } = components();
  neighbours = await neighboursForTests();
  neighbours.begin({ campaigns: 'ready', meshes: 'completed' });
  folder = await mkdtemp(join(tmpdir(), 'millrace-setup-cancelled-'));
  const { url } = neighbours;
  config = readConfig({
    MONGODB_URI: mongodbUri,
    AMQP_URL: amqpUrl,
    NATS_URL: natsUrl,
    AUTH_LOCAL_KEY_FILE: join(folder, 'key.json'),
    ARTIFACTS_URL: pathToFileURL(join(folder, 'artifacts')).href,
    REPOSITORIES_URL: pathToFileURL(join(folder, 'repositories')).href,
    CAMPAIGN_URL: url,
    MESH_URL: url,
    MUSIC_URL: url,
    NOTIFICATIONS_URL: url,
    WEBHOOK_ALLOW: '127.0.0.0/8',
  });
  database = await mongoose.createConnection(mongodbUri, { dbName: `setup-cancelled-${process.pid}` }).asPromise();
  afterFile(async () => {
    await database.dropDatabase();
    await database.close();
    await rm(folder, { recursive: true });
  });
});

/** The setup itself, without any job: a person cancels it in the middle of a step or right behind it. */
async function cancelled({ key, moment, mode }: Wish): Promise<Project> {
  const stop = new AbortController();
  const log = { warn: () => undefined, info: () => undefined, debug: () => undefined, error: () => undefined };
  const kit = { name: 'projects', config, database, log } as unknown as Kit<Config>;
  const parts = partsOf(kit, async (project, step, work) => {
    const wish = () => parts.setups.cancelWished(project._id, { mode, by: 'ann' });
    if (step !== key) return work();
    if (moment === 'inside') {
      const working = work();
      await wish();
      stop.abort(new Error('a person no longer wants it'));
      return working;
    }
    const done = await work();
    await wish();
    return done;
  });
  const name = `Cancelled ${key} ${moment} ${mode}`;
  const { _id } = await parts.projects.create({ _id: v7(), name, template: 'game', ownerId: 'ann' });
  const begun = await parts.setups.begin(_id, v7(), { token: v7(), repetition: { by: 'ann', again: [] } });
  if (!begun) throw new Error('the setup did not begin');
  const end = await parts.setup.setupProject(begun, () => undefined, stop.signal);
  expect(end.kind).toBe('cancelled');
  return (await parts.projects.find(_id)) as Project;
}

/** What of a project lies about. */
async function leftovers({ _id }: Project) {
  return {
    slugs: await database.collection('project_slugs').countDocuments({ projectId: _id }),
    images: await database.collection('images').countDocuments({ projectId: _id }),
    repository: existsSync(join(folder, 'repositories', `${_id}.git`)),
    storage: existsSync(join(folder, 'artifacts', 'workspaces', _id, 'quota.json')),
    samples: samplesOf(_id).map(({ status }) => status),
  };
}

/** What the neighbours have made for a project, as it is now. */
const samplesOf = (projectId: string) =>
  ['campaign', 'mesh'].flatMap((what) => neighbours.madeBy(setupIdOf(projectId, what)) ?? []);

const keys = stepKeys.filter((key) => key !== 'activate');
const isReached = (key: StepKey, by: StepKey) => stepKeys.indexOf(key) <= stepKeys.indexOf(by);

describe.each<Moment>(['inside', 'behind'])('a setup that is cancelled %s a step', (moment) => {
  test.each(keys)('keeps what it has made until %s', async (key) => {
    const project = await cancelled({ key, moment, mode: 'keep' });
    const { setup } = project;

    expect([project.status, setup?.status]).toEqual(['cancelled', 'cancelled']);
    const isDone = (step: StepKey) => isReached(step, key) && (step !== key || moment === 'behind');
    const kept = await leftovers(project);
    if (isDone('reserve_slug')) expect(kept.slugs).toBe(1);
    if (isDone('storage')) expect(kept.storage).toBe(true);
    if (isDone('repository')) expect(kept.repository).toBe(true);
    if (isDone('sample_content')) expect(kept.samples).toEqual(['ready', 'completed']);
    expect(setup?.steps.filter(({ status }) => status === 'compensated')).toEqual([]);
    expect(setup?.steps.filter(({ key: step }) => !isReached(step, key)).map(({ status }) => status)).toEqual(
      setup?.steps.filter(({ key: step }) => !isReached(step, key)).map(() => 'pending'),
    );
  });

  test.each(keys)('leaves nothing but the record of what it has taken back until %s', async (key) => {
    const project = await cancelled({ key, moment, mode: 'compensate' });
    const { setup } = project;

    expect([project.status, setup?.status]).toEqual(['cancelled', 'compensated']);
    expect(await leftovers(project)).toEqual({
      ...{ slugs: 0, images: 0, repository: false, storage: false },
      // A mesh that is done is no longer cancelled.
      samples: isReached('sample_content', key) ? ['deleted', 'completed'] : [],
    });
    expect(project).toMatchObject({
      slug: null,
      settings: null,
      secrets: null,
      members: [{ sub: 'ann', role: 'admin' }],
    });
    expect(setup?.steps.map(({ key: step, status }) => [step, status])).toEqual(
      stepKeys.map((step) => [step, isReached(step, key) ? 'compensated' : 'pending']),
    );
    expect(setup?.steps.filter(({ key: step }) => isReached(step, key)).every(({ log }) => log.length > 0)).toBe(true);
  });
});

test('a wish that comes while the last step is at it is granted', async () => {
  const project = await cancelled({ key: 'activate', moment: 'inside', mode: 'keep' }).catch((error: unknown) => error);

  expect(project).toMatchObject({ status: 'cancelled' });
});
