import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { until } from '@millrace/testkit';
import { setupIdOf } from '../domain/ids.ts';
import { type Answer, setupWorld } from '../setup-world-for-tests.ts';

let world: Awaited<ReturnType<typeof setupWorld>>;
beforeAll(async () => {
  world = await setupWorld();
});

describe('a setup that somebody no longer wants', () => {
  const samplesOf = (id: string, generation = '') =>
    ['campaign', 'mesh'].map((what) => world.neighbours.madeBy(setupIdOf(id, `${what}${generation}`)));

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
    const [campaign, mesh] = samplesOf(id);
    expect([campaign?.status, mesh?.status]).toEqual(['deleted', 'cancelled']);

    world.neighbours.begin({ campaigns: 'ready', meshes: 'completed' });
    await world.ann('POST', `/projects/${id}/setup/resume`, { body: {} });
    const resumed = await world.untilStatus(id, 'succeeded');
    expect(await world.projectOf(id)).toMatchObject({ status: 'ready', slug });
    const again = samplesOf(id, ':1');
    expect(again.map((thing) => thing?.status)).toEqual(['ready', 'completed']);
    expect(resumed?.steps.find(({ key }) => key === 'sample_content')).toMatchObject({
      status: 'succeeded',
      output: { campaignId: again[0]?.id, meshId: again[1]?.id },
    });
  });

  test('keeps a sample campaign in which somebody has worked, and says so', async () => {
    const id = await waitingFor();
    Object.assign(samplesOf(id)[0] ?? {}, { status: 'changed' });

    await world.ann('POST', `/projects/${id}/setup/cancel`, { body: { mode: 'compensate' } });
    const setup = await world.untilEnded(id);

    expect(setup.status).toBe('compensated');
    expect(samplesOf(id)[0]?.status).toBe('changed');
    expect(setup.steps.find(({ key }) => key === 'sample_content')?.log.at(-1)).toContain('kept the campaign');
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

test('a project whose opening somebody has to approve waits for that', async () => {
  const id = await world.create({ needsApproval: true });
  await world.start(id);
  const waiting = await world.untilStatus(id, 'waiting');

  const approved = await world.ann<{ approvedBy: string }>('POST', `/projects/${id}/setup/approve`, { body: {} });
  await world.untilStatus(id, 'succeeded');

  expect(waiting?.awaits).toEqual([`approval:${id}`]);
  expect(approved.body.approvedBy).toBe('ann');
  expect((await world.projectOf(id)).status).toBe('ready');
});

describe('its owner', () => {
  test('gives a project away and stays as an admin of it', async () => {
    const id = await world.create();
    const bob = await world.service.as('bob');

    expect((await bob('POST', `/projects/${id}/transfer`, { body: { to: 'bob' } })).status).toBe(404);
    const { body } = await world.ann('POST', `/projects/${id}/transfer`, { body: { to: 'bob' } });

    expect(body).toMatchObject({
      ownerId: 'bob',
      members: [
        { sub: 'bob', role: 'admin' },
        { sub: 'ann', role: 'admin' },
      ],
    });
    expect((await bob('GET', `/projects/${id}`)).status).toBe(200);
  });

  test('archives it, where it is not listed and not set up, and restores it', async () => {
    const id = await world.create();
    await world.ann('POST', `/projects/${id}/archive`, { body: {} });
    const listed = async (query = '') =>
      (await world.ann<{ items: { id: string }[] }>('GET', `/projects${query}`)).body.items.map(
        (project) => project.id,
      );

    expect([(await listed()).includes(id), await listed('?archived=true')]).toEqual([false, [id]]);
    expect((await world.start(id)).status).toBe(409);
    await world.ann('POST', `/projects/${id}/restore`, { body: {} });
    expect((await listed()).includes(id)).toBe(true);
  });

  test('clones it: the same template, members and settings, a setup of its own', async () => {
    const id = await world.create({
      template: 'music',
      members: [{ sub: 'bob', role: 'viewer' }],
      settings: { locale: 'fr' },
    });
    await world.start(id);
    await world.untilEnded(id);

    const { status, body } = await world.ann<{ id: string }>('POST', `/projects/${id}/clone`, {
      body: { name: 'Twin' },
    });
    await world.start(body.id);
    await world.untilEnded(body.id);

    expect(status).toBe(201);
    expect(await world.projectOf(body.id)).toMatchObject({
      status: 'ready',
      template: 'music',
      settings: { locale: 'fr', retentionDays: 365 },
      members: [{ sub: 'ann' }, { sub: 'bob', role: 'viewer' }],
    });
  });
});

test('who may only look at a project changes nothing of it', async () => {
  const id = await world.create({ members: [{ sub: 'vic', role: 'viewer' }] });
  await world.start(id);
  await world.untilEnded(id);
  const vic = await world.service.as('vic');

  const answers = await Promise.all([
    vic('GET', `/projects/${id}`),
    vic('PATCH', `/projects/${id}`, { body: { name: 'Mine' } }),
    vic('POST', `/projects/${id}/setup/cancel`, { body: {} }),
    vic('POST', `/projects/${id}/setup/doctor`, { body: {} }),
  ]);

  expect(answers.map(({ status }) => status)).toEqual([200, 403, 403, 403]);
});
