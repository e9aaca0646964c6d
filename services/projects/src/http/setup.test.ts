import { randomUUID } from 'node:crypto';
import { until } from '@millrace/testkit';
import { type Answer, git, type Shown, setupWorld } from '../setup-world-for-tests.ts';

let world: Awaited<ReturnType<typeof setupWorld>>;
beforeAll(async () => {
  world = await setupWorld();
});
beforeEach(() => {
  world.neighbours.fail(() => undefined);
  world.neighbours.begin({ campaigns: 'ready', meshes: 'completed' });
});

const done = [
  'validate',
  'reserve_slug',
  'storage',
  'repository',
  'members',
  'settings',
  'secrets',
  'webhooks',
  'smoke_test',
  'activate',
];

test('a setup brings a project from created to ready, step by step', async () => {
  const id = await world.create({
    name: 'Hollow Lantern',
    members: [{ sub: 'bob', role: 'editor' }],
    settings: { locale: 'de' },
  });
  expect((await world.ann('GET', `/projects/${id}/setup`)).body['code']).toBe('setup-not-found');

  const { status, headers, body } = await world.start(id);
  const setup = await world.untilEnded(id);

  expect([status, headers.get('location')]).toEqual([202, `/projects/${id}/setup`]);
  expect(body.project.status).toMatch(/queued|running/);
  expect(world.statusesOf(setup)).toEqual({
    ...Object.fromEntries(done.map((key) => [key, 'succeeded'])),
    integrations: 'skipped',
    sample_content: 'skipped',
  });
  expect(setup).toMatchObject({ status: 'succeeded', progress: 1, jobId: body.job.id });
  expect(await world.projectOf(id)).toMatchObject({
    status: 'ready',
    slug: 'hollow-lantern',
    members: [
      { sub: 'ann', role: 'admin' },
      { sub: 'bob', role: 'editor' },
    ],
    settings: { locale: 'de', meshPreset: 'balanced' },
  });
  const bob = await world.service.as('bob');
  expect((await bob('GET', `/projects/${id}`)).status).toBe(200);
  expect((await bob<{ items: { id: string }[] }>('GET', '/projects')).body.items.map((one) => one.id)).toEqual([id]);
  expect((await bob('GET', `/jobs/${body.job.id}`)).body).toMatchObject({ name: 'project.setup', state: 'completed' });
  const eve = await world.service.as('eve');
  expect((await eve('GET', `/jobs/${body.job.id}`)).status).toBe(404);
});

test('its repository is one that git reads: two branches, one commit, the project’s files', async () => {
  const id = await world.create();
  await world.start(id);
  const { steps } = await world.untilEnded(id);
  const commit = steps.find(({ key }) => key === 'repository')?.output?.['commit'];
  const gitdir = world.gitdir(id);

  expect(await git(gitdir, 'rev-parse', 'main', 'develop')).toBe(`${commit}\n${commit}`);
  expect(await git(gitdir, 'rev-list', '--count', '--all')).toBe('1');
  expect((await git(gitdir, 'ls-tree', '--name-only', 'main')).split('\n')).toEqual([
    '.gitignore',
    'README.md',
    'project.json',
  ]);
  expect(JSON.parse(await git(gitdir, 'show', 'main:project.json'))).toMatchObject({ id });
  expect(await git(gitdir, 'fsck', '--strict')).toBe('');
});

test('fifty commands at once are one setup, and one more within five minutes is the same', async () => {
  const id = await world.create();

  const answers = await Promise.all(Array.from({ length: 50 }, () => world.start(id)));
  const setup = await world.untilEnded(id);
  const later = await world.start(id);

  expect(new Set(answers.map(({ status, body }) => `${status} ${body.job.id}`))).toEqual(
    new Set([`202 ${setup.jobId}`]),
  );
  expect([later.status, later.body.job.id]).toEqual([202, setup.jobId]);
  expect(setup.steps.filter(({ status }) => status === 'succeeded').map(({ attempts }) => attempts)).toEqual(
    done.map(() => 1),
  );
});

test('sample content is made once, in the owner’s name, and what it waits for is not waited for by a worker', async () => {
  world.neighbours.begin({ campaigns: 'seeding', meshes: 'completed' });
  const id = await world.create({ template: 'game' });
  await world.start(id);
  const waiting = await world.untilStatus(id, 'waiting');
  const [what = ''] = waiting?.awaits ?? [];
  const campaignId = what.replace('campaign:', '');
  const operator = await world.service.as('oli', 'operator');
  await until(
    async () => (await operator<{ state: string }>('GET', `/jobs/${waiting?.jobId}`)).body.state === 'snoozed',
  );

  Object.assign(world.neighbours.made.get(campaignId) ?? {}, { status: 'ready' });
  await operator('POST', `/jobs/${waiting?.jobId}/run-now`, { body: {} });
  const setup = await world.untilEnded(id);

  const asked = world.neighbours.seen.filter(({ method, sub }) => method === 'POST' && sub === 'ann');
  const keysOf = (kind: string) => new Set(asked.filter(({ path }) => path === `/${kind}`).map(({ key }) => key));
  expect(setup.steps.find(({ key }) => key === 'sample_content')).toMatchObject({
    status: 'succeeded',
    output: { campaignId, source: 'pool' },
  });
  expect([keysOf('campaigns').size, keysOf('meshes').size]).toEqual([1, 1]);
  expect((await world.ann<{ items: { name: string }[] }>('GET', `/projects/${id}/images`)).body.items).toMatchObject([
    { name: 'lantern.png' },
  ]);
});

test('a business error fails for good with its remedy, and resuming goes on from there', async () => {
  const id = await world.create({ name: 'Admin' });
  await world.start(id);
  const failed = await world.untilEnded(id);
  await until(async () => (await world.projectOf(id)).status === 'failed');
  const operator = await world.service.as('oli', 'operator');

  expect(failed.steps[0]).toMatchObject({
    status: 'failed',
    attempts: 1,
    error: { code: 'name-unusable', remedy: expect.stringContaining('PATCH') },
  });
  expect((await operator('GET', `/jobs/${failed.jobId}?wait=10`)).body).toMatchObject({ state: 'failed', attempt: 1 });

  await world.ann('PATCH', `/projects/${id}`, { body: { name: 'Tokyo' } });
  const resumed = await world.ann<Answer>('POST', `/projects/${id}/setup/resume`, { body: {} });
  const setup = await world.untilStatus(id, 'succeeded');

  expect([resumed.status, resumed.body.job.id === failed.jobId]).toEqual([202, false]);
  expect(setup).toMatchObject({ retries: [{ by: 'ann', again: [] }] });
  expect(setup?.steps[0]).toMatchObject({ status: 'succeeded', attempts: 2 });
});

test('a neighbour that is away is waited for without spending an attempt, and what was done is not done twice', async () => {
  let left = 3;
  world.neighbours.fail((path) => (path === '/campaigns' && left-- > 0 ? 503 : undefined));
  const id = await world.create({ template: 'game' });
  await world.start(id);
  const setup = await world.untilEnded(id);

  expect(setup.status).toBe('succeeded');
  expect(Object.fromEntries(setup.steps.map(({ key, attempts }) => [key, attempts]))).toMatchObject({
    repository: 1,
    secrets: 1,
    sample_content: 4,
  });
  const operator = await world.service.as('olga', 'operator');
  expect((await operator('GET', `/jobs/${setup.jobId}?wait=10`)).body).toMatchObject({
    state: 'completed',
    attempt: 1,
  });
});

test('a webhook that does not answer well is a warning, one that does gets a signed ping and hears of each step', async () => {
  const [good, bad] = [`${world.neighbours.url}/hook-good`, `${world.neighbours.url}/hook-bad`];
  world.neighbours.fail((path) => (path === '/hook-bad' ? 500 : undefined));
  const ids = await Promise.all([good, bad].map((webhookUrl) => world.create({ webhookUrl })));
  await Promise.all(ids.map((id) => world.start(id)));
  const setups = await Promise.all(ids.map((id) => world.untilEnded(id)));

  const stepOf = ({ steps }: Shown) => steps.find(({ key }) => key === 'webhooks');
  expect(setups.map((setup) => [setup.status, stepOf(setup)?.status])).toEqual([
    ['succeeded', 'succeeded'],
    ['succeeded', 'warning'],
  ]);
  const heard = world.neighbours.seen.filter(({ path }) => path === '/hook-good');
  // The ping, and behind it how each step has ended.
  await until(
    () => new Set(world.neighbours.seen.filter(({ path }) => path === '/hook-good').map(({ key }) => key)).size >= 5,
  );
  expect(heard.every(({ key }) => key.length > 0)).toBe(true);
});

test('secrets are shown to the owner, once', async () => {
  const id = await world.create({ members: [{ sub: 'bob', role: 'admin' }] });
  await world.start(id);
  await world.untilEnded(id);
  const bob = await world.service.as('bob');

  const refused = await bob('POST', `/projects/${id}/secrets/reveal`, { body: {} });
  const first = await world.ann('POST', `/projects/${id}/secrets/reveal`, { body: {} });
  const second = await world.ann('POST', `/projects/${id}/secrets/reveal`, { body: {} });

  expect(refused.status).toBe(404);
  expect(first.body).toEqual({
    apiKey: expect.stringMatching(/^mrp_.{43}$/),
    webhookSecret: expect.stringMatching(/^whsec_/),
  });
  expect([second.status, second.body['code']]).toEqual([409, 'setup-state-conflict']);
  expect(JSON.stringify(await world.setupOf(id))).not.toContain(first.body['apiKey']);
});

test('a plan says what would be done, and does nothing', async () => {
  const id = await world.create({ template: 'music' });

  const { body } = await world.ann<{ steps: { key: string; will: string }[] }>('GET', `/projects/${id}/setup/plan`);

  expect(Object.fromEntries(body.steps.map(({ key, will }) => [key, will]))).toMatchObject({
    validate: 'run',
    sample_content: 'skip',
    activate: 'run',
  });
  expect(await world.projectOf(id)).toMatchObject({ status: 'created', slug: null });
});

test('the stream of a setup begins with a snapshot and closes after its end', async () => {
  const id = await world.create();
  await world.start(id);
  const ann = await world.service.token('ann');
  const response = await fetch(`${world.service.url}/projects/${id}/setup/events`, {
    headers: { authorization: `Bearer ${ann}` },
  });
  const text = await response.text();
  const events = text
    .split('\n')
    .filter((line) => line.startsWith('data: '))
    .map((line) => JSON.parse(line.slice(6)) as Shown);

  expect(events.at(-1)).toMatchObject({ status: 'succeeded', progress: 1 });
  expect(text).toContain('event: setup');
});

test('a job for a project that is not, or that is ready already, fails for good', async () => {
  const operator = await world.service.as('oli', 'operator');
  const id = await world.create();
  await world.start(id);
  await world.untilEnded(id);
  const command = (projectId: string, round: number) =>
    operator<{ job: { id: string } }>('POST', '/jobs', {
      body: { name: 'project.setup', payload: { projectId, round } },
    });

  const ended = await Promise.all(
    [command(randomUUID(), 0)].map(
      async (asked) => (await operator('GET', `/jobs/${(await asked).body.job.id}?wait=20`)).body,
    ),
  );

  expect(ended).toMatchObject([{ state: 'failed', attempt: 1, errors: [{ code: 'project-missing' }] }]);
});
