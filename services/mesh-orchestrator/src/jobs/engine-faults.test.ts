import { mkdir, rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { status } from '@grpc/grpc-js';
import { State } from '@millrace/mesh-rpc';
import { until } from '@millrace/testkit';
import { type Course, completes, failure } from '../engine-for-tests.ts';
import { type Ask, pictureAt, type World, worldForTests } from '../service-for-tests.ts';

let world: World;
let ask: Ask;

/** How the engine takes a picture, by the picture's name and by how often it has come. */
const courses: Record<string, (time: number) => Course> = {};
const times = new Map<string, number>();

beforeAll(async () => {
  world = await worldForTests();
  ask = await world.as('ann');
  world.engine.behaviour.courseOf = ({ source }) => {
    const name = /([^/]+)\.png$/.exec(String(source?.value))?.[1] ?? '';
    times.set(name, (times.get(name) ?? 0) + 1);
    return courses[name]?.(times.get(name) ?? 1) ?? {};
  };
});

/** A mesh of a picture that the engine takes in this way. */
async function meshOf(name: string, course: (time: number) => Course): Promise<string> {
  courses[name] = course;
  const { body } = await ask('POST', '/meshes', { body: { ...pictureAt(name), reuse: false } });
  return String(body['id']);
}

const slow: Course = { stepMs: 700 };
const hangs: Course = { stages: [{ state: State.PROCESSING, stage: 'triangulate', progress: 60 }] };
const jobsOf = (name: string, meshId: string) =>
  world.database.collection('jobs').find({ name, 'payload.meshId': meshId }).toArray();

test('a bad picture fails at once with the engine’s reason, is told of once, and is cleaned up an hour later', async () => {
  const id = await meshOf('corrupt', () => ({ stages: [failure('IMAGE_CORRUPT', true)] }));

  const mesh = await world.ended(ask, id);

  expect(mesh).toMatchObject({
    status: 'failed',
    attempt: 1,
    error: { code: 'IMAGE_CORRUPT', message: 'the engine says IMAGE_CORRUPT' },
    artifacts: [],
    cleanedUpAt: null,
  });
  await until(async () => (await world.told(id)).length > 0, { withinMs: 5_000, message: 'it is told' });
  expect(await world.told(id)).toEqual(['mesh.failed']);
  await until(async () => (await jobsOf('mesh.clean', id)).length > 0, {
    withinMs: 5_000,
    message: 'it is to be cleaned',
  });
  const [clean] = await jobsOf('mesh.clean', id);
  const hours = (Number(clean?.['nextRunAt']) - Date.parse(mesh.finishedAt ?? '')) / 3_600_000;
  expect(clean?.['state']).toBe('scheduled');
  expect(hours).toBeCloseTo(1, 2);
});

test('parameters that the engine refuses fail at once with its words', async () => {
  const refusal = { code: status.INVALID_ARGUMENT, details: 'job_id is too odd' };
  const id = await meshOf('odd', () => ({ refusal }));

  expect(await world.ended(ask, id)).toMatchObject({
    status: 'failed',
    attempt: 1,
    error: { code: 'INVALID_ARGUMENT', message: 'job_id is too odd' },
  });
});

test('a failure that need not happen again is tried as another job of the engine, and nobody is told of it', async () => {
  const id = await meshOf('crashing', (time) => (time === 1 ? { stages: [failure('WORKER_CRASH', false)] } : {}));

  const mesh = await world.ended(ask, id);

  expect(mesh).toMatchObject({ status: 'completed', attempt: 2 });
  expect(world.engine.seen.generated.filter((job) => job.startsWith(id))).toEqual([`${id}.1`, `${id}.2`]);
  expect(await world.told(id)).toEqual(['mesh.completed']);
});

test('a busy engine is asked again later, without an attempt being spent', async () => {
  const refusal = { code: status.RESOURCE_EXHAUSTED, details: 'the queue is full' };
  const id = await meshOf('queueing', (time) => (time === 1 ? { refusal } : {}));

  expect(await world.ended(ask, id)).toMatchObject({ status: 'completed', attempt: 1 });
});

test('a mesh goes on when its engine is killed and forgets it', async () => {
  const id = await meshOf('forgotten', (time) => (time === 1 ? hangs : {}));
  await world.ended(ask, id, ['processing']);
  await until(() => world.engine.jobs.has(`${id}.1`), { withinMs: 5_000, message: 'the engine has it' });

  world.engine.kill();
  await world.engine.restart();

  expect(await world.ended(ask, id)).toMatchObject({ status: 'completed', attempt: 1 });
  expect(await world.told(id)).toEqual(['mesh.completed']);
});

test('a mesh that is asked for while the engine is away is made when it is back', async () => {
  world.engine.kill();
  const id = await meshOf('patient', () => ({}));
  const [job] = await jobsOf('mesh.generate', id);
  await until(async () => (await jobsOf('mesh.generate', id))[0]?.['waitingFor'] === 'breaker:mesh-engine', {
    withinMs: 15_000,
    message: `job ${String(job?._id)} waits for the engine`,
  });

  await world.engine.restart();

  const mesh = await world.ended(ask, id);
  expect(mesh.status).toBe('completed');
  expect(mesh.attempt).toBeLessThanOrEqual(3);
  expect(await world.told(id)).toEqual(['mesh.completed']);
});

test('a store that is away counts as no fault of the engine: the mesh waits for it and spends no attempt', async () => {
  const shelf = join(world.artifacts, 'meshes');
  await mkdir(shelf, { recursive: true });
  await rename(shelf, `${shelf}-away`);
  // It leads to itself, so that nobody can look into it.
  await symlink(shelf, shelf);
  const id = await meshOf('shelfless', () => ({}));
  const job = async () => (await jobsOf('mesh.generate', id))[0];
  await until(async () => (await job())?.['n'] > 4 || (await job())?.['endedAt'], {
    withinMs: 20_000,
    message: 'it has looked several times, or given up',
  });

  await rm(shelf);
  await rename(`${shelf}-away`, shelf);

  expect(await world.ended(ask, id)).toMatchObject({ status: 'completed', attempt: 1 });
  expect(await world.told(id)).toEqual(['mesh.completed']);
  expect(await job()).toMatchObject({ state: 'completed', failures: {} });
});

test('an engine that does not call back is asked', async () => {
  world.engine.behaviour.deliver = async () => undefined;
  const asked = world.engine.seen.asked.length;

  const id = await meshOf('silent', () => slow);

  expect(await world.ended(ask, id)).toMatchObject({ status: 'completed', attempt: 1 });
  expect(world.engine.seen.asked.slice(asked)).toContain(`${id}.1`);
  world.engine.behaviour.deliver = async (send) => void (await send());
});

test('callbacks that come twice and in the wrong order move nothing backwards and end it once', async () => {
  const held: (() => Promise<number>)[] = [];
  world.engine.behaviour.deliver = async (send) => {
    held.unshift(send);
    if (held.length === 3) for (const one of [...held, ...held]) await one();
  };
  const stages = [
    { state: State.PROCESSING, stage: 'fetch', progress: 5 },
    { state: State.PROCESSING, stage: 'triangulate', progress: 60 },
    completes,
  ];

  const id = await meshOf('shuffled', () => ({ stages }));
  const mesh = await world.ended(ask, id);

  expect(mesh).toMatchObject({ status: 'completed', progress: 100 });
  await until(async () => (await jobsOf('mesh.progress', id)).every(({ endedAt }) => endedAt), {
    withinMs: 10_000,
    message: 'all callbacks are judged',
  });
  expect((await jobsOf('mesh.progress', id)).length).toBeLessThanOrEqual(3);
  expect(await world.told(id)).toEqual(['mesh.completed']);
  world.engine.behaviour.deliver = async (send) => void (await send());
});

test('a failed mesh is made again when its owner asks, as a new job of the engine', async () => {
  const id = await meshOf('second', (time) => (time === 1 ? { stages: [failure('IMAGE_CORRUPT', true)] } : {}));
  await world.ended(ask, id, ['failed']);

  const retried = await ask('POST', `/meshes/${id}/retry`);
  const mesh = await world.ended(ask, id, ['completed']);

  expect(retried).toMatchObject({ status: 202, body: { status: 'queued', generation: 2, progress: 0, error: null } });
  expect(mesh).toMatchObject({ attempt: 1, error: null });
  expect(world.engine.seen.generated.filter((job) => job.startsWith(id))).toEqual([`${id}.1`, `${id}.2`]);
  expect(await world.told(id)).toEqual(['mesh.failed', 'mesh.completed']);
});
