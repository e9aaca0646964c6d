import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { until } from '@millrace/testkit';
import { type Entry, fromBuffer } from 'yauzl';
import { batchWorld, fails, hangs } from '../batch-world-for-tests.ts';
import type { BatchResource } from '../http/batch-resource.ts';
import type { Ask } from '../service-for-tests.ts';

type World = Awaited<ReturnType<typeof batchWorld>>;
type Refused = BatchResource & { code: string; batchId: string };

let world: World;
let ann: Ask;
beforeAll(async () => {
  world = await batchWorld();
  ann = await world.as('ann');
});
afterEach(() => world.courses.clear());

const begin = (wish: { projectId: string; imageIds: readonly string[] }) =>
  ann<Refused>('POST', '/batches', { body: { ...wish, reuse: false } });

const batchAt = async (id: string) => (await ann<BatchResource>('GET', `/batches/${id}`)).body;

const countsOf = ({ status, total, completed, failed, cancelled, progress }: BatchResource) => ({
  status,
  total,
  completed,
  failed,
  cancelled,
  progress,
});

const statesOf = ({ items = [] }: BatchResource) => items.map(({ state }) => state);

test('a batch makes a mesh of each picture, at most five at once, and tells its end once', async () => {
  const pictures = await world.projects.project('ann', 8);
  world.engine.seen.mostAtOnce = 0;

  const { status, headers, body } = await begin(pictures);
  const held = await world.projects.heldBy('ann', pictures.projectId);
  const batch = await world.batchEnded(ann, body.id);

  expect([status, headers.get('location'), body.status]).toEqual([202, `/batches/${body.id}`, 'processing']);
  expect(held).toEqual(Array.from({ length: 8 }, () => `batch:${body.id}`));
  expect(countsOf(batch)).toEqual({
    status: 'completed',
    total: 8,
    completed: 8,
    failed: 0,
    cancelled: 0,
    progress: 100,
  });
  expect(batch.items?.map(({ imageId }) => imageId)).toEqual(pictures.imageIds);
  expect(world.engine.seen.mostAtOnce).toBeLessThanOrEqual(5);
  expect(await world.toldOfBatch(body.id)).toEqual([
    'batch.completed',
    ...Array.from({ length: 8 }, () => 'batch.progressed'),
  ]);
  expect(await world.projects.heldBy('ann', pictures.projectId)).toEqual([]);
});

test('a batch with failures is partial, and retrying makes only what has failed, once more', async () => {
  const pictures = await world.projects.project('ann', 3);
  const [, bad = ''] = pictures.imageIds;
  world.courses.set(bad, fails);
  const { id } = (await begin(pictures)).body;
  const partial = await world.batchEnded(ann, id);
  const generatedBefore = world.engine.seen.generated.length;
  world.courses.clear();

  const retry = await ann<BatchResource>('POST', `/batches/${id}/retry-failed`);
  const whole = await until(
    async () => {
      const batch = await world.batchEnded(ann, id);
      return batch.round === 2 && batch;
    },
    { withinMs: 20_000 },
  );

  expect(countsOf(partial)).toEqual({
    status: 'partial',
    total: 3,
    completed: 2,
    failed: 1,
    cancelled: 0,
    progress: 100,
  });
  expect(partial.items?.[1]).toMatchObject({ state: 'failed', error: { code: 'INVALID_IMAGE' } });
  expect([retry.status, retry.body.status, retry.body.failed]).toEqual([202, 'processing', 0]);
  expect(countsOf(whole)).toMatchObject({ status: 'completed', completed: 3, failed: 0 });
  expect(world.engine.seen.generated.length - generatedBefore).toBe(1);
  expect((await world.toldOfBatch(id)).filter((type) => type === 'batch.completed')).toHaveLength(2);
  expect((await ann<Refused>('POST', `/batches/${id}/retry-failed`)).body.code).toBe('batch-state-conflict');
});

test('a batch without a single mesh has failed, and tells that', async () => {
  const pictures = await world.projects.project('ann', 2);
  for (const imageId of pictures.imageIds) world.courses.set(imageId, fails);

  const { id } = (await begin(pictures)).body;
  const batch = await world.batchEnded(ann, id);

  expect(countsOf(batch)).toMatchObject({ status: 'failed', completed: 0, failed: 2 });
  expect(await world.toldOfBatch(id)).toEqual(['batch.failed', 'batch.progressed', 'batch.progressed']);
  expect((await ann<Refused>('GET', `/batches/${id}/archive.zip`)).body.code).toBe('batch-state-conflict');
});

test('cancelling keeps what is made, stops what runs, begins nothing more, and tells one end', async () => {
  const pictures = await world.projects.project('ann', 8);
  for (const imageId of pictures.imageIds.slice(1)) world.courses.set(imageId, hangs);
  const { id } = (await begin(pictures)).body;
  await until(
    async () => {
      const batch = await batchAt(id);
      return batch.completed === 1 && statesOf(batch).filter((state) => state === 'running').length === 5;
    },
    { withinMs: 20_000 },
  );

  const answer = await ann('POST', `/batches/${id}/cancel`);
  const batch = await world.batchEnded(ann, id);
  const meshes = await Promise.all(
    (batch.items ?? []).slice(0, 6).map(({ meshId }) => ann('GET', `/meshes/${meshId}`)),
  );

  expect(answer.status).toBe(202);
  expect(countsOf(batch)).toEqual({
    status: 'cancelled',
    total: 8,
    completed: 1,
    failed: 0,
    cancelled: 7,
    progress: 100,
  });
  expect(meshes.map(({ body }) => body['status'])).toEqual([
    'completed',
    ...Array.from({ length: 5 }, () => 'cancelled'),
  ]);
  expect((await world.toldOfBatch(id)).filter((type) => type !== 'batch.progressed')).toEqual(['batch.completed']);
  expect((await ann('POST', `/batches/${id}/cancel`)).status).toBe(202);
});

test('while a project is at a batch, the same pictures answer with it and others are refused', async () => {
  const { projectId, imageIds } = await world.projects.project('ann', 3);
  for (const imageId of imageIds) world.courses.set(imageId, hangs);

  const answers = await Promise.all(Array.from({ length: 10 }, () => begin({ projectId, imageIds })));
  const turned = await begin({ projectId, imageIds: imageIds.toReversed() });
  const others = await begin({ projectId, imageIds: imageIds.slice(1) });
  const [id = ''] = new Set(answers.map(({ body }) => body.id));
  await ann('POST', `/batches/${id}/cancel`);
  await world.batchEnded(ann, id);
  const next = await begin({ projectId, imageIds: imageIds.slice(1) });

  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
  expect(new Set([...answers, turned].map(({ body }) => body.id)).size).toBe(1);
  expect([others.status, others.body.code, others.body.batchId]).toEqual([409, 'batch-in-progress', id]);
  expect(next.status).toBe(202);
  await ann('POST', `/batches/${next.body.id}/cancel`);
  await world.batchEnded(ann, next.body.id);
});

test('two batches run at once and the third waits until one has ended', async () => {
  const projects = await Promise.all([1, 2, 3].map(() => world.projects.project('ann', 1)));
  for (const { imageIds } of projects) world.courses.set(imageIds[0] ?? '', hangs);
  const [one = '', two = ''] = [await begin(projects[0] ?? never()), await begin(projects[1] ?? never())].map(
    ({ body }) => body.id,
  );
  await until(async () => [await batchAt(one), await batchAt(two)].every((batch) => statesOf(batch)[0] === 'running'));

  const third = (await begin(projects[2] ?? never())).body;
  const oli = await world.as('oli', 'operator');
  const waiting = await until(async () => (await oli('GET', `/jobs/${third.jobId}`)).body['waitingFor']);
  const before = await batchAt(third.id);
  await ann('POST', `/batches/${one}/cancel`);
  await until(async () => statesOf(await batchAt(third.id))[0] === 'running', { withinMs: 20_000 });

  expect(waiting).toBe('limit:mesh.batch');
  expect([before.status, statesOf(before)]).toEqual(['processing', ['waiting']]);
  for (const id of [two, third.id]) await ann('POST', `/batches/${id}/cancel`);
  for (const id of [two, third.id]) await world.batchEnded(ann, id);
});

test('the archive holds each file of each mesh that was made, in a folder of its picture', async () => {
  const pictures = await world.projects.project('ann', 3);
  world.courses.set(pictures.imageIds[1] ?? '', fails);
  const { id } = (await begin(pictures)).body;
  const batch = await world.batchEnded(ann, id);

  const answer = await fetch(`${world.url}/batches/${id}/archive.zip`, { headers: await bearerOf('ann') });
  const files = await unzipped(Buffer.from(await answer.arrayBuffer()));

  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/zip']);
  expect(files).toEqual({
    '0/mesh.glb': `mesh of ${batch.items?.[0]?.meshId}.1`,
    '2/mesh.glb': `mesh of ${batch.items?.[2]?.meshId}.1`,
  });
});

test('a stream shows the batch as it is, each change, and closes at its end', async () => {
  const pictures = await world.projects.project('ann', 4);
  const { id } = (await begin(pictures)).body;

  const answer = await fetch(`${world.url}/batches/${id}/events`, { headers: await bearerOf('ann') });
  const events = (await answer.text()).split('\n\n').filter((event) => event.includes('event: batch'));
  const states = events.map((event) => JSON.parse(event.split('data: ')[1] ?? '') as BatchResource);

  expect(states.at(-1)).toMatchObject({ status: 'completed', completed: 4, progress: 100 });
  expect(states.map(({ revision }) => revision)).toEqual(
    states.map(({ revision }) => revision).toSorted((a, b) => a - b),
  );
});

test('batches of others, pictures of others and pictures that are not there are not found', async () => {
  const pictures = await world.projects.project('ann', 1);
  const { id } = (await begin(pictures)).body;
  const bob = await world.as('bob');

  const theirs = await bob('GET', `/batches/${id}`);
  const begun = await bob<Refused>('POST', '/batches', { body: pictures });
  const missing = await begin({ ...pictures, imageIds: [randomUUID()] });

  expect([theirs.status, theirs.body['code']]).toEqual([404, 'batch-not-found']);
  expect([begun.status, begun.body.code]).toEqual([404, 'project-not-found']);
  expect([missing.status, missing.body.code]).toEqual([404, 'image-not-found']);
  await world.batchEnded(ann, id);
});

async function bearerOf(sub: string): Promise<Record<string, string>> {
  const { mintLocalToken } = await import('@millrace/service');
  return { authorization: `Bearer ${await mintLocalToken({ role: 'member', sub, keyFile: world.projects.keyFile })}` };
}

async function unzipped(bytes: Buffer): Promise<Record<string, string>> {
  const zip = await promisify<Buffer, object, import('yauzl').ZipFile>(fromBuffer as never)(bytes, {
    lazyEntries: false,
  });
  const entries: Promise<[string, string]>[] = [];
  zip.on('entry', (entry: Entry) => entries.push(contentOf(zip, entry)));
  await new Promise((resolve, reject) => zip.once('end', resolve).once('error', reject));
  return Object.fromEntries(await Promise.all(entries));
}

async function contentOf(zip: import('yauzl').ZipFile, entry: Entry): Promise<[string, string]> {
  const stream = await promisify(zip.openReadStream.bind(zip))(entry);
  return [entry.fileName, Buffer.concat(await stream.toArray()).toString()];
}

function never(): never {
  throw new Error('there are three');
}
