import { access, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { status } from '@grpc/grpc-js';
import { until } from '@millrace/testkit';
import { hangs } from '../batch-world-for-tests.ts';
import { type Course, failure } from '../engine-for-tests.ts';
import { type Ask, pictureAt, type World, worldForTests } from '../service-for-tests.ts';

const dayMs = 86_400_000;
const permanent: Course = { stages: [failure('IMAGE_CORRUPT', true)] };
const fault: Course = { refusal: { code: status.INTERNAL, details: 'it broke' } };
const noAnswer: Course = { refusal: { code: status.DEADLINE_EXCEEDED, details: 'no answer' } };

let world: World;
let ann: Ask;
let oli: Ask;
/** How the engine takes a picture each time that it comes, by the picture's name; the last one holds from then on. */
const courses = new Map<string, Course[]>();

beforeAll(async () => {
  world = await worldForTests({
    MESH_FAULT_RETRY_MS: '50',
    MESH_TIMEOUT_RETRY_MS: '50',
    MESH_DEADLINE_SECONDS: '2',
  });
  [ann, oli] = [await world.as('ann'), await world.as('oli', 'operator')];
  world.engine.behaviour.courseOf = ({ source }) => {
    const left = courses.get(/([^/]+)\.png$/.exec(String(source?.value))?.[1] ?? '') ?? [];
    return (left.length > 1 ? left.shift() : left[0]) ?? {};
  };
});

async function meshOf(name: string, ...course: Course[]): Promise<string> {
  courses.set(name, course);
  const { body } = await ann('POST', '/meshes', { body: { ...pictureAt(name), reuse: false } });
  return String(body['id']);
}

const submissionsOf = (id: string) => world.engine.seen.generated.filter((job) => job.startsWith(id)).length;

test('a mesh at which the engine breaks has failed for good after three attempts, and is told of once', async () => {
  const id = await meshOf('broken', fault);

  const mesh = await world.ended(ann, id);

  expect(mesh).toMatchObject({ status: 'failed', attempt: 3, error: { message: expect.stringContaining('it broke') } });
  expect(submissionsOf(id)).toBe(3);
  expect(await world.told(id)).toEqual(['mesh.failed']);
});

test('an engine that serves and does not answer is asked five times, beside what its faults have cost', async () => {
  const id = await meshOf('mute', fault, fault, noAnswer);

  const mesh = await world.ended(ann, id, ['failed'], 60_000);

  expect(mesh).toMatchObject({ attempt: 7, error: { message: expect.stringContaining('not answered in time') } });
  expect(submissionsOf(id)).toBe(7);
  expect(await world.told(id)).toEqual(['mesh.failed']);
}, 90_000);

test('a mesh that takes longer than its deadline fails, and the engine lets go of it', async () => {
  const id = await meshOf('endless', hangs);

  const mesh = await world.ended(ann, id, ['failed'], 60_000);

  expect(mesh).toMatchObject({ attempt: 1, error: { code: 'deadline-exceeded' } });
  const takenMs = Date.parse(mesh.finishedAt ?? '') - Date.parse(mesh.startedAt ?? '');
  expect(takenMs).toBeGreaterThanOrEqual(2_000);
  await until(() => world.engine.seen.cancelled.includes(`${id}.1`), { withinMs: 5_000, message: 'it is let go' });
  expect(await world.told(id)).toEqual(['mesh.failed']);
}, 90_000);

const fileOf = (id: string) => join(world.artifacts, `meshes/${id}.1/f00d/mesh.glb`);

/** A mesh that has failed and left a file in the store. */
async function failedWithFile(name: string): Promise<string> {
  const id = await meshOf(name, permanent);
  await world.ended(ann, id, ['failed'], 60_000);
  await mkdir(dirname(fileOf(id)), { recursive: true });
  await writeFile(fileOf(id), 'half a mesh');
  return id;
}

const isThere = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );
const meshRow = (id: string) => world.database.collection('meshes').findOne({ _id: id as never });

test('the clean-up after a failure deletes the files of that mesh, unless it is made again by then', async () => {
  const [gone, again] = [await failedWithFile('gone'), await failedWithFile('again')];
  const cleanOf = (id: string) =>
    until(() => world.database.collection('jobs').findOne({ name: 'mesh.clean', 'payload.meshId': id }), {
      withinMs: 10_000,
      message: `the clean-up of ${id} is scheduled`,
    });
  const cleans = [await cleanOf(gone), await cleanOf(again)].map((job) => String(job?._id));
  courses.set('again', [{}]);
  await ann('POST', `/meshes/${again}/retry`);
  await world.ended(ann, again, ['completed'], 60_000);

  for (const job of cleans) await oli('POST', `/jobs/${job}/run-now`, { body: {} });
  const ended = await Promise.all(cleans.map(async (job) => (await oli('GET', `/jobs/${job}?wait=20`)).body));

  expect(ended.map(({ state, result }) => [state, result])).toEqual([
    ['completed', { removed: 1 }],
    ['discarded', null],
  ]);
  expect([await isThere(fileOf(gone)), await isThere(fileOf(again))]).toEqual([false, true]);
  expect((await ann('GET', `/meshes/${gone}`)).body['cleanedUpAt']).not.toBeNull();
}, 120_000);

test('the daily clean-up deletes the files of meshes that failed more than seven days ago, and of no other', async () => {
  const [old, recent] = [await failedWithFile('old'), await failedWithFile('recent')];
  const failedDaysAgo = (id: string, days: number) =>
    world.database
      .collection('meshes')
      .updateOne({ _id: id as never }, { $set: { finishedAt: new Date(Date.now() - days * dayMs) } });
  await failedDaysAgo(old, 7.01);
  await failedDaysAgo(recent, 6.99);

  const schedule = await oli('POST', '/schedules/mesh.clean-old/run', { body: {} });
  await until(async () => (await meshRow(old))?.['cleanedUpAt'] !== null, {
    withinMs: 20_000,
    message: 'it is cleaned',
  });

  expect(schedule.status).toBe(202);
  expect([await isThere(fileOf(old)), await isThere(fileOf(recent))]).toEqual([false, true]);
  expect((await meshRow(recent))?.['cleanedUpAt']).toBeNull();
}, 120_000);
