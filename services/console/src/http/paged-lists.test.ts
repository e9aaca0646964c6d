import { mintLocalToken } from '@millrace/service';
import { freePort } from '@millrace/stack';
import { startService } from '@millrace/testkit';
import { consoleForTests, type TestConsole } from '../console-for-tests.ts';

type Operation = { readonly id: string; readonly service: string; readonly createdAt: string };
type Page = { readonly items: readonly Operation[]; readonly nextCursor: string | null };

let world: TestConsole;
let service: { readonly url: string };

beforeAll(async () => {
  const port = await freePort();
  world = await consoleForTests({ NOTIFICATIONS_URL: `http://127.0.0.1:${port}` });
  service = await startService('notifications', { PORT: `${port}`, AUTH_LOCAL_KEY_FILE: world.keyFile });
}, 90_000);

const tokenOf = async (role: 'viewer' | 'operator') =>
  `Bearer ${await mintLocalToken({ sub: 'ann', role, keyFile: world.keyFile })}`;

/** Asks for a deed on no jobs at all. */
async function operation(): Promise<string> {
  const answer = await fetch(`${service.url}/jobs/bulk/cancel`, {
    method: 'POST',
    headers: { authorization: await tokenOf('operator'), 'content-type': 'application/json' },
    body: JSON.stringify({ filter: { name: 'notification.deliver' }, expectedCount: 0 }),
  });
  return ((await answer.json()) as { id: string }).id;
}

async function pageAt(cursor: string | undefined): Promise<Page> {
  const query = new URLSearchParams({ limit: '25', ...(cursor && { cursor }) });
  const authorization = await tokenOf('viewer');
  const answer = await fetch(`${world.url}/api/everywhere/operations?${query}`, { headers: { authorization } });
  return (await answer.json()) as Page;
}

test('operations are read page by page to the first of them, and those that come meanwhile move nothing', async () => {
  const asked: string[] = [];
  for (let count = 0; count < 60; count += 1) asked.push(await operation());

  const read: string[] = [];
  let cursor: string | undefined;
  let pages = 0;
  do {
    const { items, nextCursor } = await pageAt(cursor);
    read.push(...items.map(({ id }) => id));
    cursor = nextCursor ?? undefined;
    pages += 1;
    await operation();
  } while (cursor !== undefined);

  expect(read).toEqual(asked.toReversed());
  expect(pages).toBeGreaterThanOrEqual(3);
});
