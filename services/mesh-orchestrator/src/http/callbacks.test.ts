import { State } from '@millrace/mesh-rpc';
import { until } from '@millrace/testkit';
import type { Course } from '../engine-for-tests.ts';
import { type Ask, pictureAt, type World, worldForTests } from '../service-for-tests.ts';

let world: World;
let ask: Ask;

const hangs: Course = { stages: [{ state: State.PROCESSING, stage: 'triangulate', progress: 60 }] };

beforeAll(async () => {
  world = await worldForTests({ MESH_SILENCE_MS: '60000' });
  ask = await world.as('ann');
  world.engine.behaviour.courseOf = () => hangs;
});

/** A mesh at 60 % of its way, and the engine's job. */
async function halfway() {
  const { body } = await ask('POST', '/meshes', { body: { ...pictureAt('half'), reuse: false } });
  const id = String(body['id']);
  await until(async () => (await ask('GET', `/meshes/${id}`)).body['progress'] === 60, {
    withinMs: 15_000,
    message: 'half of it is made',
  });
  const running = world.engine.jobs.get(`${id}.1`);
  if (!running) throw new Error('the engine has no such job');
  return { id, job: running.job, url: running.request.callbackUrl };
}

const ended = (id: string) =>
  until(
    async () => {
      const jobs = await world.database
        .collection('jobs')
        .find({ name: 'mesh.progress', 'payload.meshId': id })
        .toArray();
      return jobs.length > 0 && jobs.every(({ endedAt }) => endedAt);
    },
    { withinMs: 10_000, message: 'all callbacks are judged' },
  );

test('a forged callback is refused and changes nothing', async () => {
  const { id, job, url } = await halfway();

  const forged = await world.engine.post({ ...job, seq: 99n, progress: 90 }, url, { secret: 'somebody else’s' });

  expect(forged).toBe(401);
  expect((await ask('GET', `/meshes/${id}`)).body).toMatchObject({ progress: 60 });
});

test('a callback that was signed long ago is refused', async () => {
  const { job, url } = await halfway();
  const longAgo = Math.floor(Date.now() / 1_000) - 301;

  expect(await world.engine.post({ ...job, seq: 99n }, url, { timestamp: longAgo })).toBe(401);
});

test('a signed callback that is no report, or one of another job, is refused with the reason', async () => {
  const { job, url } = await halfway();

  expect(await world.engine.post({ ...job, state: State.UNSPECIFIED }, url)).toBe(422);
  expect(await world.engine.post({ ...job, jobId: `${job.jobId}1` }, url)).toBe(422);
  expect(await world.engine.post(job, url.replace(/[^/]+$/, 'nobody'))).toBe(404);
});

test('a result whose files lie outside of its own folder is refused', async () => {
  const { job, url } = await halfway();
  const artifact = { name: 'x', format: 'glb', mediaType: 'x', bytes: 1n, sha256: 'x' };
  const report = { ...job, state: State.COMPLETED, seq: 99n };

  for (const path of ['meshes/another.1/f00d/x', `meshes/${job.jobId}/../../keys/x`, `meshes/${job.jobId}/.hidden`])
    expect(await world.engine.post({ ...report, artifacts: [{ ...artifact, url: `file:///srv/${path}` }] }, url)).toBe(
      422,
    );
});

test('an older report changes nothing, and progress never falls', async () => {
  const { id, job, url } = await halfway();

  expect(await world.engine.post({ ...job, seq: 1n, progress: 5, stage: 'fetch' }, url)).toBe(202);
  expect(await world.engine.post({ ...job, seq: 40n, progress: 30, stage: 'solid' }, url)).toBe(202);
  await ended(id);

  expect((await ask('GET', `/meshes/${id}`)).body).toMatchObject({ progress: 60, stage: 'solid' });
});

test('cancelling a running mesh stops it at the engine, and no other; what is told of it later changes nothing', async () => {
  const [one, other] = [await halfway(), await halfway()];

  const cancelled = await ask('POST', `/meshes/${one.id}/cancel`);
  await until(() => world.engine.seen.cancelled.includes(`${one.id}.1`), {
    withinMs: 10_000,
    message: 'the engine was told',
  });
  const late = { ...one.job, seq: 99n, state: State.COMPLETED, progress: 100 };
  expect(await world.engine.post(late, one.url)).toBe(202);
  await ended(one.id);

  expect(cancelled).toMatchObject({ status: 202, body: { status: 'cancelled' } });
  expect((await ask('GET', `/meshes/${one.id}`)).body).toMatchObject({ status: 'cancelled', vertexCount: null });
  expect((await ask('GET', `/meshes/${other.id}`)).body).toMatchObject({ status: 'processing' });
  expect(world.engine.seen.cancelled).not.toContain(`${other.id}.1`);
  expect(await world.told(one.id)).toEqual(['mesh.cancelled']);
  await until(
    async () => (await ask('GET', `/jobs/${String(cancelled.body['jobId'])}`)).body['state'] === 'cancelled',
    {
      withinMs: 10_000,
      message: 'its job is cancelled',
    },
  );
});

test('a report of a former run changes nothing after a retry', async () => {
  const { id, job, url } = await halfway();
  await ask('POST', `/meshes/${id}/cancel`);
  await ask('POST', `/meshes/${id}/retry`);
  await until(() => world.engine.jobs.has(`${id}.2`), { withinMs: 10_000, message: 'the engine has the second run' });

  expect(await world.engine.post({ ...job, seq: 99n, state: State.FAILED }, url)).toBe(202);
  await ended(id);

  expect((await ask('GET', `/meshes/${id}`)).body).toMatchObject({ status: 'processing', error: null });
});
