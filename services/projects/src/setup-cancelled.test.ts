import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Kit } from '@millrace/service';
import { until } from '@millrace/testkit';
import { createApp, partsOf } from './app.ts';
import type { Config } from './config.ts';
import { setupIdOf } from './domain/ids.ts';
import type { Project } from './domain/project.ts';
import type { CancelMode } from './domain/setup.ts';
import { setupSteps } from './domain/setup-steps.ts';
import { type StepKey, stepKeys } from './domain/step-state.ts';
import { type Shown, setupWorld } from './setup-world-for-tests.ts';

/** `inside`: the step has had all its effects, and its end is not written. `behind`: that is written, too. */
type Moment = 'inside' | 'behind';
type Wish = { readonly key: StepKey; readonly moment: Moment; readonly mode: CancelMode };

const moments: readonly Moment[] = ['inside', 'behind'];
const modes: readonly CancelMode[] = ['keep', 'compensate'];
// Behind the last step there is nothing left to cancel.
const keysAt = (moment: Moment) => stepKeys.filter((key) => moment === 'inside' || key !== 'activate');
const wishes = moments.flatMap((moment) =>
  modes.flatMap((mode) => keysAt(moment).map((key): Wish => ({ key, moment, mode }))),
);
/** A project carries in its name where a person cancels its setup. */
const nameOf = ({ key, moment, mode }: Wish) => `Cancelled ${key} ${moment} ${mode}`;

let world: Awaited<ReturnType<typeof setupWorld>>;
const idOf = new Map<string, string>();
const wishIn = ({ name }: Project, key: StepKey, moment: Moment) =>
  modes.map((mode): Wish => ({ key, moment, mode })).find((wish) => nameOf(wish) === name);

async function cancel({ mode }: Wish, { _id }: Project): Promise<void> {
  const { status } = await world.ann('POST', `/projects/${_id}/setup/cancel`, { body: { mode } });
  if (status !== 202) throw new Error(`the cancel of ${_id} was answered with ${status}`);
}

const aborted = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));

/** The service as it is, except that a person comes along at certain moments of certain setups. */
function visited(kit: Kit<Config>) {
  async function around<Value>(project: Project, key: StepKey, work: () => Promise<Value>): Promise<Value> {
    const value = await work();
    const wish = wishIn(project, key, 'behind');
    if (wish) await cancel(wish, project);
    return value;
  }
  const stepsOf: typeof setupSteps = (outside) =>
    setupSteps(outside).map((step) => ({
      ...step,
      async run(tools) {
        const result = await step.run(tools);
        const wish = wishIn(tools.project, step.key, 'inside');
        if (!wish) return result;
        await cancel(wish, tools.project);
        return aborted(tools.signal);
      },
    }));
  return createApp(kit, partsOf(kit, around, stepsOf));
}

beforeAll(async () => {
  world = await setupWorld(visited);
  world.neighbours.begin({ campaigns: 'ready', meshes: 'completed' });
  const webhookUrl = `${world.neighbours.url}/hook`;
  await Promise.all(
    wishes.map(async (wish) => {
      const members = [{ sub: 'bob', role: 'viewer' }];
      const id = await world.create({ name: nameOf(wish), template: 'game', members, webhookUrl });
      idOf.set(nameOf(wish), id);
      await world.start(id);
    }),
  );
  const isOver = async () => (await world.service.database.collection('jobs').countDocuments({ endedAt: null })) === 0;
  await until(isOver, { withinMs: 60_000, message: 'all setups have ended' });
}, 120_000);

/** How a setup has ended: what its owner sees, what became of its job, and what lies about. */
async function ended(wish: Wish) {
  const id = idOf.get(nameOf(wish)) ?? '';
  const [project, setup] = await Promise.all([world.projectOf(id), world.setupOf(id)]);
  const oli = await world.service.as('oli', 'operator');
  const { items } = (await oli<{ items: object[] }>('GET', `/jobs?name=project.setup&arg.projectId=${id}`)).body;
  const stored = await world.service.database.collection('jobs').findOne({ _id: setup.jobId as never });
  const told = ((stored?.['events'] ?? []) as { type: string }[]).map(({ type }) => type);
  return { id, project, setup, jobs: items, told };
}

async function leftovers(id: string) {
  const { database, artifacts } = world.service;
  return {
    slugs: await database.collection('project_slugs').countDocuments({ projectId: id }),
    images: await database.collection('images').countDocuments({ projectId: id }),
    repository: world.hasRepository(id),
    storage: existsSync(join(artifacts, 'workspaces', id, 'quota.json')),
    samples: ['campaign', 'mesh'].flatMap((what) => world.neighbours.madeBy(setupIdOf(id, what))?.status ?? []),
  };
}

const isReached = (key: StepKey, by: StepKey) => stepKeys.indexOf(key) <= stepKeys.indexOf(by);
const statusesOf = ({ steps }: Shown) => steps.map(({ key, status }) => [key, status]);
const ofMode = (mode: CancelMode) => wishes.filter((wish) => wish.mode === mode);

test.each(ofMode('keep'))('a setup that is cancelled $moment $key keeps all that it has made', async (wish) => {
  const { id, project, setup, jobs } = await ended(wish);
  const { key, moment } = wish;

  expect([project.status, setup.status]).toEqual(['cancelled', 'cancelled']);
  expect(jobs).toMatchObject([{ state: 'cancelled', attempt: 1, message: 'ann no longer wants it; cancelled' }]);
  expect(await leftovers(id)).toEqual({
    slugs: Number(isReached('reserve_slug', key)),
    images: Number(isReached('sample_content', key)),
    repository: isReached('repository', key),
    storage: isReached('storage', key),
    samples: isReached('sample_content', key) ? ['ready', 'completed'] : [],
  });
  const last = moment === 'inside' ? 'running' : 'succeeded';
  const statusOf = (step: StepKey) => (step === key ? last : isReached(step, key) ? 'succeeded' : 'pending');
  expect(statusesOf(setup)).toEqual(stepKeys.map((step) => [step, statusOf(step)]));
});

test.each(ofMode('compensate'))('one that is taken back $moment $key leaves nothing but its record', async (wish) => {
  const { id, project, setup, jobs } = await ended(wish);
  const { key } = wish;

  expect([project.status, setup.status]).toEqual(['cancelled', 'compensated']);
  expect(jobs).toMatchObject([{ state: 'cancelled', attempt: 1, message: 'ann no longer wants it; compensated' }]);
  expect(await leftovers(id)).toEqual({
    ...{ slugs: 0, images: 0, repository: false, storage: false },
    // A mesh that is done is no longer cancelled.
    samples: isReached('sample_content', key) ? ['deleted', 'completed'] : [],
  });
  expect(project).toMatchObject({ slug: null, settings: null, members: [{ sub: 'ann', role: 'admin' }] });
  const reveal = await world.ann('POST', `/projects/${id}/secrets/reveal`, { body: {} });
  expect(reveal.body['code']).toBe('setup-state-conflict');
  expect(statusesOf(setup)).toEqual(stepKeys.map((step) => [step, isReached(step, key) ? 'compensated' : 'pending']));
  expect(setup.steps.filter(({ key: step, log }) => isReached(step as StepKey, key) && log.length === 0)).toEqual([]);
});

test('whatever was cancelled is told as that, and nobody is invited to it', async () => {
  const told = await Promise.all(wishes.map(async (wish) => (await ended(wish)).told));

  expect(new Set(told.flat())).toEqual(new Set(['project.setup-cancelled']));
  expect(told.flat()).toHaveLength(wishes.length);
});
