import { startFlour } from './flour-service.ts';

let { ask, command, finished }: Awaited<ReturnType<typeof startFlour>> = {} as never;

beforeAll(async () => {
  ({ ask, command, finished } = await startFlour());
});

const later = '2100-01-01T00:00:00.000Z';

test('a waiting job is given another time, lane and number of attempts, and brought back', async () => {
  const { id } = await command({ sacks: 1 }, { runAt: '2099-01-01T00:00:00Z' });

  const putOff = await ask('PATCH', `/jobs/${id}`, { body: { runAt: later, lane: 'lo', maxAttempts: 4 } });
  const back = await ask('PATCH', `/jobs/${id}`, { body: { runAt: null } });

  expect(putOff.body).toMatchObject({ state: 'scheduled', scheduledAt: later, lane: 'lo', maxAttempts: 4 });
  expect([back.status, back.body['state']]).toEqual([200, 'available']);
  expect(await finished(id)).toMatchObject({ state: 'completed', lane: 'lo' });
});

test('an ended job is not changed, and a job that does not exist is not found', async () => {
  const { id } = await command({ sacks: 1 });
  await finished(id);

  expect((await ask('PATCH', `/jobs/${id}`, { body: { lane: 'hi' } })).body).toMatchObject({
    status: 409,
    code: 'job-state-conflict',
  });
  expect((await ask('PATCH', '/jobs/none', { body: { lane: 'hi' } })).status).toBe(404);
});

test.each([[{}], [{ lane: 'fast' }], [{ maxAttempts: 0 }], [{ runAt: 'soon' }], [{ payload: {} }]])(
  'the change %j is refused',
  async (body) => {
    const { id } = await command({ sacks: 1 }, { runAt: later });

    const answer = await ask('PATCH', `/jobs/${id}`, { body });

    expect([answer.status, answer.body['code']]).toEqual([422, 'validation-failed']);
  },
);

test('only operators and admins change jobs', async () => {
  const { id } = await command({ sacks: 1 }, { runAt: later });

  const statuses = await Promise.all(
    (['member', 'viewer', 'operator', 'admin'] as const).map(
      async (role) => (await ask('PATCH', `/jobs/${id}`, { body: { maxAttempts: 3 }, role })).status,
    ),
  );

  expect(statuses).toEqual([403, 403, 200, 200]);
});
