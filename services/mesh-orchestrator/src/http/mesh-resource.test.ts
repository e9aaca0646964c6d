import { randomUUID } from 'node:crypto';
import { hangs } from '../batch-world-for-tests.ts';
import { type Course, failure } from '../engine-for-tests.ts';
import { type Ask, pictureAt, type World, worldForTests } from '../service-for-tests.ts';
import type { MeshResource } from './mesh-resource.ts';

const linkSeconds = 600;

let world: World;
let ann: Ask;
beforeAll(async () => {
  // Nobody answers there.
  world = await worldForTests({ LINK_SECONDS: `${linkSeconds}`, PROJECTS_URL: 'http://127.0.0.1:9' });
  ann = await world.as('ann');
});

async function meshOf(course: Course) {
  world.engine.behaviour.courseOf = () => course;
  return ann<MeshResource>('POST', '/meshes', { body: { ...pictureAt('duck'), reuse: false } });
}

test('a completed mesh says until when the links to its files are good, and needs not be asked again', async () => {
  const from = Date.now();
  const { id } = (await meshOf({})).body;
  const made = await world.ended(ann, id);
  const { headers } = await ann('GET', `/meshes/${id}`);

  expect(made).toMatchObject({ status: 'completed', error: null });
  const expiresAt = Date.parse(made.expiresAt ?? '');
  expect(expiresAt).toBeGreaterThanOrEqual(from + linkSeconds * 1_000);
  const expires = Number(new URL(made.artifacts[0]?.url ?? '', world.url).searchParams.get('expires'));
  expect(Math.abs(expires * 1_000 - expiresAt)).toBeLessThanOrEqual(2_000);
  expect(headers.get('retry-after')).toBeNull();
});

test('a failed mesh says in which stage of which job at the engine, and has no links that could expire', async () => {
  const stages = [{ ...hangs.stages?.[0], stage: 'decode' }, failure('IMAGE_CORRUPT', true)];
  const { id } = (await meshOf({ stages })).body;
  const failed = await world.ended(ann, id, ['failed']);

  expect(failed.error).toEqual({
    code: 'IMAGE_CORRUPT',
    message: 'the engine says IMAGE_CORRUPT',
    retryable: false,
    details: { stage: 'decode', engineJob: `${id}.1` },
  });
  expect(failed.expiresAt).toBeNull();
});

test('a mesh that is being made says when to ask again', async () => {
  const asked = await meshOf(hangs);
  const { headers } = await ann('GET', `/meshes/${asked.body.id}`);
  await ann('POST', `/meshes/${asked.body.id}/cancel`);

  for (const answer of [asked.headers, headers]) {
    expect(Number(answer.get('retry-after'))).toBeGreaterThanOrEqual(2);
    expect(Number(answer.get('retry-after'))).toBeLessThanOrEqual(10);
  }
});

test('a mesh of a project is asked for in vain while the projects service is away, and the answer says when to try again', async () => {
  const body = { projectId: randomUUID(), imageId: randomUUID() };
  const answer = await ann('POST', '/meshes', { body });

  expect(answer).toMatchObject({ status: 503, body: { code: 'dependency-unavailable' } });
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
});
