import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { State } from '@millrace/mesh-rpc';
import { afterFile, until } from '@millrace/testkit';
import { completes } from '../engine-for-tests.ts';
import { type Ask, pictureAt, type World, worldForTests } from '../service-for-tests.ts';
import type { MeshResource } from './mesh-resource.ts';

let world: World;
let ask: Ask;

beforeAll(async () => {
  world = await worldForTests({ IMAGE_FETCH_ALLOW: '127.0.0.0/8', PROJECTS_URL: 'http://127.0.0.1:4103' });
  ask = await world.as('ann');
});

const post = (body: object) =>
  ask<{ errors: { path: string; message: string }[]; id: string }>('POST', '/meshes', { body });

test('every wrong parameter is named with what came and what is allowed', async () => {
  const { status, body } = await post({
    ...pictureAt('duck'),
    mode: 'sprite',
    parameters: { detail_factor: 0.2, blurKernelSize: 3.5, colour: 'red', formats: ['fbx'] },
    preset: 'baroque',
  });

  expect(status).toBe(422);
  expect(body.errors).toEqual([
    { path: 'body.preset', message: 'must be one of high-detail, balanced, performance, simple-shapes, mobile' },
    { path: 'body.parameters.blurKernelSize', message: 'must be a whole number from 1 to 21, got 3.5' },
    { path: 'body.parameters.colour', message: expect.stringMatching(/^is not known; known are detailFactor, /) },
    {
      path: 'body.parameters.formats',
      message: 'must be a list of some of glb, stl, obj, ply, json, spine, got ["fbx"]',
    },
    { path: 'body.parameters.detail_factor', message: 'must be a number from 0.001 to 0.05 for sprites, got 0.2' },
  ]);
});

test.each([
  ['without a picture', {}, 'body', 'must name one picture: by imageUrl, or by projectId and imageId'],
  ['over ftp', { imageUrl: 'ftp://pictures.example/a.png' }, 'body.imageUrl', 'must be a valid url'],
  [
    'with a password',
    { imageUrl: 'http://ann:secret@pictures.example/a.png' },
    'body.imageUrl',
    'must not carry a user or password',
  ],
  [
    'at a service of this cluster',
    { imageUrl: 'http://localhost:4103/projects' },
    'body.imageUrl',
    'leads to a service of this cluster; name the picture by projectId and imageId',
  ],
  [
    'with much metadata',
    { ...pictureAt('a'), metadata: { note: 'x'.repeat(1_100) } },
    'body.metadata',
    'may have at most 1024 bytes as JSON',
  ],
  ['with a misspelt field', { ...pictureAt('a'), paramters: {} }, 'body.paramters', 'is not known here'],
])('a wish %s is refused with the reason', async (_, body, path, message) => {
  const answer = await post(body);

  expect(answer.status).toBe(422);
  expect(answer.body.errors).toEqual([{ path, message }]);
});

test('what a mode cannot do is refused before anything is queued', async () => {
  const errorsOf = async (mode: string, parameters: object) =>
    (await post({ ...pictureAt('duck'), mode, parameters })).body.errors;

  expect(await errorsOf('sprite', { formats: ['stl', 'json'] })).toEqual([
    { path: 'body.parameters.formats', message: 'holds stl, which sprite is not made in' },
  ]);
  expect(await errorsOf('relief', { curveDeg: 90, thumbnailPx: 7 })).toEqual([
    { path: 'body.parameters.curveDeg', message: 'must be 0: only a lithophane is bent' },
    { path: 'body.parameters.thumbnailPx', message: 'must be 0, which makes none, or at least 16' },
  ]);
});

test('a preset, parameters and oddities are shown before anything is made', async () => {
  const { body } = await ask('POST', '/meshes/validate', {
    body: { mode: 'relief', preset: 'High Detail', parameters: { detail_factor: 0.03, blur_kernel_size: 4 } },
  });

  expect(body).toEqual({
    valid: true,
    errors: [],
    warnings: [
      { parameter: 'blurKernelSize', message: 'is even and was raised to 5' },
      { parameter: 'blur_kernel_size', message: 'has no effect on relief; it is for sprite' },
    ],
    parameters: {
      detailFactor: 0.03,
      maxTriangles: 2_000_000,
      concaveFactor: 20,
      internalVertexDensity: 30,
      blurKernelSize: 5,
    },
  });
});

test('the presets pass their own checks, and every parameter is listed with its range', async () => {
  type Presets = { items: { id: string; parameters: object }[]; parameters: { name: string; min?: number }[] };
  const { body } = await ask<Presets>('GET', '/presets');

  for (const { id, parameters } of body.items) {
    const looked = await ask('POST', '/meshes/validate', { body: { parameters } });
    expect([id, looked.body['errors']]).toEqual([id, []]);
  }
  expect(body.parameters.find(({ name }) => name === 'alphaThreshold')).toMatchObject({
    min: 0,
    max: 255,
    default: 10,
  });
});

test('a person sees, cancels and retries their own meshes only; a viewer sees all and changes none', async () => {
  const { body: mesh } = await post(pictureAt('private'));
  const bob = await world.as('bob');
  const viewer = await world.as('vera', 'viewer');
  await world.ended(ask, mesh.id);

  expect((await bob('GET', `/meshes/${mesh.id}`)).status).toBe(404);
  expect((await bob('POST', `/meshes/${mesh.id}/cancel`)).status).toBe(404);
  expect((await bob('POST', `/meshes/${mesh.id}/retry`)).status).toBe(404);
  expect((await bob<{ items: unknown[] }>('GET', '/meshes')).body.items).toEqual([]);
  expect((await viewer('GET', `/meshes/${mesh.id}`)).status).toBe(200);
  expect((await viewer('POST', `/meshes/${mesh.id}/retry`)).status).toBe(403);
  expect((await ask('POST', `/meshes/${mesh.id}/cancel`)).body).toMatchObject({
    code: 'mesh-state-conflict',
    status: 409,
  });
});

test('the same Idempotency-Key is the same mesh', async () => {
  const sending = { body: pictureAt('once'), headers: { 'Idempotency-Key': 'once-7' } };

  const [first, second] = [await ask('POST', '/meshes', sending), await ask('POST', '/meshes', sending)];

  expect(second.body['id']).toBe(first.body['id']);
  expect(await world.database.collection('meshes').countDocuments({ picture: 'once.png' })).toBe(1);
});

test('a mesh that waits is cancelled without ever reaching the engine', async () => {
  const operator = await world.as('olga', 'operator');
  await operator('POST', '/queues/mesh.generation/pause');
  const { body: mesh } = await post(pictureAt('waiting'));

  const cancelled = await ask('POST', `/meshes/${mesh.id}/cancel`);
  const again = await ask('POST', `/meshes/${mesh.id}/cancel`);
  await operator('POST', '/queues/mesh.generation/resume');

  expect(cancelled.body).toMatchObject({ status: 'cancelled', finishedAt: expect.any(String) });
  expect(again.status).toBe(202);
  expect(await world.told(mesh.id)).toEqual(['mesh.cancelled']);
  expect(world.engine.seen.generated).not.toContain(`${mesh.id}.1`);
});

test('a stream shows the mesh as it is, then each change, and closes at its end; a reconnect has nothing left', async () => {
  world.engine.behaviour.courseOf = () => ({
    stages: [{ state: State.PROCESSING, progress: 30 }, completes],
    stepMs: 700,
  });
  const operator = await world.as('olga', 'operator');
  await operator('POST', '/queues/mesh.generation/pause');
  const { body: mesh } = await post({ ...pictureAt('streamed'), reuse: false });

  const streamed = world.text('ann', `/meshes/${mesh.id}/events`, () =>
    operator('POST', '/queues/mesh.generation/resume'),
  );
  const events = eventsIn(await streamed);
  const last = events.at(-1);
  const again = await ask('GET', `/meshes/${mesh.id}/events`, { headers: { 'Last-Event-ID': last?.id ?? '' } });
  world.engine.behaviour.courseOf = () => ({});

  expect(events.map(({ status }) => status).filter((status, index, all) => status !== all[index - 1])).toEqual([
    'queued',
    'processing',
    'completed',
  ]);
  expect(events.map(({ progress }) => progress)).toEqual(
    events.map(({ progress }) => progress).toSorted((a, b) => a - b),
  );
  expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
  expect(again.status).toBe(204);
});

function eventsIn(text: string): { id: string; status: string; progress: number }[] {
  return [...text.matchAll(/id: (\d+)\nevent: mesh\ndata: (.*)\n/g)].map(([, id = '', data = '']) => {
    const { status, progress } = JSON.parse(data) as MeshResource;
    return { id, status, progress };
  });
}

test('a link that was changed or has run out opens nothing', async () => {
  const { body: mesh } = await post({ ...pictureAt('linked'), reuse: false });
  const made = await world.ended(ask, mesh.id);
  const link = new URL(`${world.url}${made.artifacts[0]?.url}`);
  const get = async (url: URL) => (await fetch(url)).status;

  const other = new URL(link);
  other.pathname = other.pathname.replace('mesh.glb', 'result.json');
  const later = new URL(link);
  later.searchParams.set('expires', '9999999999');

  expect(await get(link)).toBe(200);
  expect(await get(other)).toBe(403);
  expect(await get(later)).toBe(403);
  const cut = new URL(link);
  cut.searchParams.delete('expires');
  expect(await get(cut)).toBe(403);
  expect(await get(new URL(link.pathname, world.url))).toBe(401);
});

test('whoever may see a mesh gets its files by their token, too', async () => {
  const { body: mesh } = await post({ ...pictureAt('by-token'), reuse: false });
  await world.ended(ask, mesh.id);
  const path = `/meshes/${mesh.id}/artifacts`;
  const bob = await world.as('bob');

  expect((await ask('GET', `${path}/mesh.glb`)).body).toBe(`mesh of ${mesh.id}.1`);
  expect((await ask('GET', `${path}/nothing.glb`)).body).toMatchObject({ code: 'artifact-not-found' });
  expect((await bob('GET', `${path}/mesh.glb`)).body).toMatchObject({ code: 'mesh-not-found' });
  expect((await ask('GET', `${path}/mesh.glb?signature=&expires=9999999999`)).status).toBe(403);
});

test('the same picture and parameters are answered from the store, unless that is not wanted', async () => {
  const picture = Buffer.from('the very same picture');
  const imageSha256 = createHash('sha256').update(picture).digest('hex');
  const server = createServer((_request, response) => response.end(picture));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterFile(() => new Promise<void>((resolve) => server.close(() => resolve())));
  world.engine.behaviour.courseOf = () => ({ stages: [{ ...completes, imageSha256 }] });
  const imageUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/same.png`;
  const made = async (more: object): Promise<MeshResource> =>
    world.ended(ask, (await post({ imageUrl, ...more })).body.id);

  const first = await made({ parameters: { gamma: 1.1 } });
  const again = await made({ parameters: { gamma: 1.1 } });
  const otherwise = await made({ parameters: { gamma: 1.2 } });
  const afresh = await made({ parameters: { gamma: 1.1 }, reuse: false });

  expect(again).toMatchObject({ reused: true, reusedFrom: first.id, triangleCount: first.triangleCount, imageSha256 });
  expect(await (await fetch(`${world.url}${again.artifacts[0]?.url}`)).text()).toBe(`mesh of ${first.id}.1`);
  expect([first.reused, otherwise.reused, afresh.reused]).toEqual([false, false, false]);
  expect(world.engine.seen.generated).not.toContain(`${again.id}.1`);
  expect(await world.told(again.id)).toEqual(['mesh.completed']);
});

test('a failing attempt of a critical job is told to operators, once for its cause', async () => {
  world.engine.behaviour.courseOf = ({ jobId }) => ({
    stages: [
      {
        ...completes,
        artifacts: [
          { name: 'x', format: 'x', mediaType: 'x', bytes: 1n, sha256: 'x', url: `file:///meshes/${jobId}/f00d/x` },
        ],
      },
    ],
  });

  const { body: mesh } = await post({ ...pictureAt('lost-file'), reuse: false });
  const ended = await world.ended(ask, mesh.id, ['failed'], 30_000);
  const alerts = await world.database.collection('alerts').find().toArray();

  expect(ended.error).toMatchObject({ code: 'result-missing' });
  expect(alerts).toMatchObject([
    {
      revision: 1,
      outbox: [{ type: 'job.alerted', data: { job: 'mesh.finish', error: { code: 'ResultMissing' }, count: 1 } }],
    },
  ]);
  expect(alerts[0]?.['count']).toBeGreaterThanOrEqual(1);
  world.engine.behaviour.courseOf = () => ({});
});

test('a completed mesh is drawn as wide as is wanted, each width once, with a link to it', async () => {
  world.engine.behaviour.courseOf = () => ({});
  const first = await world.ended(ask, (await post({ ...pictureAt('drawn'), parameters: { widthMm: 61 } })).body.id);
  const draw = (body: object, of = first.id) => ask<MeshResource>('POST', `/meshes/${of}/thumbnail`, { body });

  const answers = [await draw({ widthPx: 96 }), await draw({}), await draw({ widthPx: 96 })];
  const thumbnails = await until(async () => {
    const { artifacts } = (await ask<MeshResource>('GET', `/meshes/${first.id}`)).body;
    const drawn = artifacts.filter(({ format }) => format === 'thumbnail');
    return drawn.length === 2 && drawn;
  });
  const refusals = [await draw({ widthPx: 15 }), await draw({}, '0197c0de-0000-7000-8000-000000000001')];

  expect(answers.map(({ status }) => status)).toEqual([202, 202, 202]);
  expect(thumbnails.map(({ name }) => name).sort()).toEqual(['thumbnail-512.png', 'thumbnail-96.png']);
  const fetched = await fetch(`${world.url}${thumbnails.find(({ name }) => name === 'thumbnail-96.png')?.url}`);
  expect([fetched.status, await fetched.text()]).toEqual([200, `thumbnail-96.png of ${first.id}.1`]);
  expect(refusals.map(({ status }) => status)).toEqual([422, 404]);
});
