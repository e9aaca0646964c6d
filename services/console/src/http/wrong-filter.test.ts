import { mintLocalToken } from '@millrace/service';
import { freePort } from '@millrace/stack';
import { startService } from '@millrace/testkit';
import { consoleForTests, type TestConsole } from '../console-for-tests.ts';

let world: TestConsole;
let authorization: string;

beforeAll(async () => {
  const port = await freePort();
  world = await consoleForTests({ NOTIFICATIONS_URL: `http://127.0.0.1:${port}` });
  await startService('notifications', { PORT: `${port}`, AUTH_LOCAL_KEY_FILE: world.keyFile });
  authorization = `Bearer ${await mintLocalToken({ sub: 'ann', role: 'viewer', keyFile: world.keyFile })}`;
}, 90_000);

const answerAt = async (path: string) => {
  const answer = await fetch(`${world.url}/api/everywhere/${path}`, { headers: { authorization } });
  return { status: answer.status, body: await answer.json() };
};

test.each([
  ['jobs/export?format=csv&service=notifications&state=nowhere', 'query.state.0'],
  ['jobs/export?format=json&service=notifications&nonsense=1', 'query.nonsense'],
  ['dead-letters/export?format=csv&service=notifications&state=nowhere', 'query.state'],
  ['deliveries/export?format=csv&channel=pigeon', 'query.channel'],
  ['jobs?service=notifications&state=nowhere', 'query.state.0'],
  ['jobs/counts?service=notifications&state=nowhere', 'query.state.0'],
  ['dead-letters?state=nowhere', 'query.state'],
])('%s is told as the mistake that the service finds in it, not as a service that is away', async (path, field) => {
  const { status, body } = await answerAt(path);

  expect(status).toBe(422);
  expect(body).toMatchObject({
    code: 'validation-failed',
    errors: [{ path: field, message: expect.stringMatching(/./) }],
  });
});

test('a service that takes the filter is asked as before', async () => {
  expect(await answerAt('deliveries/export?format=json&channel=push')).toEqual({ status: 200, body: [] });
});
