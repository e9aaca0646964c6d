import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { until } from '@millrace/testkit';
import { type Answer, setupWorld } from '../setup-world-for-tests.ts';

let world: Awaited<ReturnType<typeof setupWorld>>;
beforeAll(async () => {
  world = await setupWorld();
});

describe('a setup that somebody no longer wants', () => {
  const waitingFor = async () => {
    world.neighbours.begin({ campaigns: 'seeding', meshes: 'processing' });
    const id = await world.create({ template: 'game' });
    await world.start(id);
    await world.untilStatus(id, 'waiting');
    return id;
  };

  test('keeps what it has made', async () => {
    const id = await waitingFor();

    const { status } = await world.ann('POST', `/projects/${id}/setup/cancel`, { body: { mode: 'keep' } });
    const setup = await world.untilEnded(id);

    expect([status, setup.status]).toEqual([202, 'cancelled']);
    expect(world.statusesOf(setup)).toMatchObject({ repository: 'succeeded', secrets: 'succeeded' });
    expect([world.hasRepository(id), (await world.projectOf(id)).status]).toEqual([true, 'cancelled']);
  });

  test('takes it back in reverse when that is wished, and can be resumed from nothing', async () => {
    const id = await waitingFor();
    const { slug } = await world.projectOf(id);

    await world.ann('POST', `/projects/${id}/setup/cancel`, { body: { mode: 'compensate' } });
    const setup = await world.untilEnded(id);

    expect(setup.status).toBe('compensated');
    expect(world.statusesOf(setup)).toMatchObject({
      reserve_slug: 'compensated',
      storage: 'compensated',
      repository: 'compensated',
      secrets: 'compensated',
      sample_content: 'compensated',
    });
    expect(await world.projectOf(id)).toMatchObject({ status: 'cancelled', slug: null });
    expect(world.hasRepository(id)).toBe(false);
    expect([...world.neighbours.made.values()].filter(({ status }) => status === 'cancelled').length).toBeGreaterThan(
      0,
    );

    for (const thing of world.neighbours.made.values()) if (thing.status === 'seeding') thing.status = 'ready';
    await world.ann('POST', `/projects/${id}/setup/resume`, { body: {} });
    await world.untilStatus(id, 'succeeded');
    expect(await world.projectOf(id)).toMatchObject({ status: 'ready', slug });
  });

  test('and has failed is taken back, too', async () => {
    const id = await world.create();
    await world.service.database.collection('projects').updateOne({ _id: id as never }, { $set: { name: 'api' } });
    await world.start(id);
    await world.untilStatus(id, 'failed');
    await until(async () => (await world.projectOf(id)).status === 'failed');

    const { status } = await world.ann('POST', `/projects/${id}/setup/cancel`, { body: { mode: 'compensate' } });

    expect(status).toBe(202);
    expect((await world.untilStatus(id, 'compensated'))?.steps[0]?.status).toBe('compensated');
  });

  test('and is ready stays', async () => {
    const id = await world.create();
    await world.start(id);
    await world.untilEnded(id);

    expect((await world.ann('POST', `/projects/${id}/setup/cancel`, { body: {} })).status).toBe(409);
  });
});

test('the doctor finds what is missing, and has only that made again', async () => {
  const id = await world.create();
  await world.start(id);
  await world.untilEnded(id);
  expect((await world.ann('POST', `/projects/${id}/setup/doctor`, { body: {} })).status).toBe(204);
  await rm(world.gitdir(id), { recursive: true });
  await rm(join(world.service.artifacts, 'workspaces', id, 'docs'), { recursive: true });

  const found = await world.ann<{ items: { key: string }[] }>('GET', `/projects/${id}/setup/doctor`);
  const repaired = await world.ann<Answer>('POST', `/projects/${id}/setup/doctor`, { body: {} });
  await until(async () => (await world.projectOf(id)).status === 'ready');
  const { steps } = await world.setupOf(id);

  expect(found.body.items.map(({ key }) => key)).toEqual(['storage', 'repository']);
  expect(repaired.status).toBe(202);
  expect(steps.filter(({ attempts }) => attempts === 2).map(({ key }) => key)).toEqual([
    'storage',
    'repository',
    'smoke_test',
    'activate',
  ]);
  expect(world.hasRepository(id)).toBe(true);
});
