import { pictureAt, type World, worldForTests } from '../service-for-tests.ts';

let world: World;

beforeAll(async () => {
  world = await worldForTests();
});

test('a picture becomes a mesh: queued, made, its file behind a signed link, and told of once', async () => {
  const ask = await world.as('ann');

  const { status, body, headers } = await ask('POST', '/meshes', {
    body: { ...pictureAt('duck'), metadata: { row: 7 } },
  });
  const mesh = await world.ended(ask, body['id']);
  const file = await fetch(`${world.url}${mesh.artifacts[0]?.url}`);

  expect(status).toBe(202);
  expect(headers.get('location')).toBe(`/meshes/${body['id']}`);
  expect(body).toMatchObject({ status: 'queued', ownerId: 'ann', picture: 'duck.png', metadata: { row: 7 } });
  expect(mesh).toMatchObject({
    status: 'completed',
    progress: 100,
    mode: 'relief',
    triangleCount: 12,
    watertight: true,
    attempt: 1,
  });
  expect(await file.text()).toBe(`mesh of ${mesh.id}.1`);
  expect(await world.told(mesh.id)).toEqual(['mesh.completed']);
});
