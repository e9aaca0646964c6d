import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { freePort } from '@millrace/stack';
import { type RunningService, startService } from '@millrace/testkit';
import { commandTable } from './command-table.ts';

const program = fileURLToPath(new URL('main.ts', import.meta.url));
let campaign: RunningService;

beforeAll(async () => {
  campaign = await startService('campaign', { TEMPLATE_PROFILE: 'tiny', POOL_TARGET: '0' });
}, 90_000);

type Ended = { code: number | null; out: string; err: string; json: () => Record<string, unknown> };

/** Runs the program as a script would, against the campaign service unless told otherwise. */
async function millrace(args: readonly string[], input = ''): Promise<Ended> {
  const child = spawn(process.execPath, [program, ...args], {
    env: { ...process.env, MILLRACE_URL: campaign.url, MILLRACE_TOKEN: await campaign.token('admin') },
  });
  child.stdin.end(input);
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  const json = () => {
    if (out === '') throw new Error(`millrace ${args.join(' ')} ended with ${child.exitCode}: ${err}`);
    return JSON.parse(out) as Record<string, unknown>;
  };
  return { code: child.exitCode, out, err, json };
}

/** A seeding of a campaign that does not exist: it fails at once, for good. */
async function failedJob(): Promise<string> {
  const payload = JSON.stringify({ campaignId: crypto.randomUUID(), requestedBy: 'cli' });
  const { json } = await millrace(['jobs', 'enqueue', 'campaign.seed', '--payload', '-', '--json'], payload);
  const { id } = json()['job'] as { id: string };
  const { json: shown } = await millrace(['jobs', 'show', id, '--wait', '30', '--json']);
  expect(shown()).toMatchObject({ id, state: 'failed' });
  return id;
}

test('every command is a route of the services', async () => {
  const file = new URL('../../../docs/openapi/campaign.json', import.meta.url);
  const { paths } = JSON.parse(await readFile(file, 'utf8')) as { paths: Record<string, object> };
  const routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{[a-zA-Z]+\}/g, ':x')}`),
  );
  const asked = commandTable.map(({ method, path }) => `${method} ${path.replaceAll(/:[a-zA-Z]+/g, ':x')}`);
  expect(asked.filter((route) => !routes.includes(route))).toEqual([]);
});

test('a script enqueues a job, waits for it, and finds it by its argument', async () => {
  const id = await failedJob();
  const { json } = await millrace(['jobs', 'show', id, '--json']);
  const { campaignId } = json()['payload'] as { campaignId: string };
  const found = await millrace(['jobs', 'list', '--arg', `campaignId=${campaignId}`, '--state', 'failed', '--json']);
  expect(found.json()).toMatchObject({ items: [{ id }], nextCursor: null });
});

test('people get a table, scripts the answer', async () => {
  const id = await failedJob();
  const { code, out } = await millrace(['jobs', 'list', '--state', 'failed', '--q', id]);
  expect(code).toBe(0);
  expect(out.split('\n')[0]).toMatch(/^id +name +queue +state/);
  expect(out.split('\n')[1]).toMatch(new RegExp(`^${id} +campaign\\.seed +campaign\\.seeding +failed`));
});

test('a failed job is retried and its dead letter is resolved with a note', async () => {
  const id = await failedJob();
  expect((await millrace(['jobs', 'retry', id, '--json'])).json()).toMatchObject({ id });
  await millrace(['jobs', 'show', id, '--wait', '30']);
  const resolved = await millrace(['dead-letters', 'resolve', id, '--note', 'seen', '--json']);
  expect(resolved.json()).toMatchObject({ id, state: 'resolved', note: 'seen' });
});

test('a bulk operation tells the count first and acts only when it is confirmed', async () => {
  const id = await failedJob();
  const asked = await millrace(['jobs', 'bulk', 'delete', '--state', 'failed', '--q', id]);
  expect(asked).toMatchObject({ code: 2, out: '' });
  expect(asked.err).toContain('1 jobs match; to delete them say --yes');
  const wait = ['jobs', 'bulk', 'delete', '--state', 'failed', '--q', id, '--yes', '--wait', '--json'];
  expect((await millrace(wait)).json()).toMatchObject({ state: 'completed', done: 1 });
  expect((await millrace(['jobs', 'show', id])).err).toContain('job-not-found');
});

test('a refusal ends with 1 and says the code, a wrong call with 2', async () => {
  const refused = await millrace(['jobs', 'show', crypto.randomUUID()]);
  expect(refused).toMatchObject({ code: 1, out: '' });
  expect(refused.err).toMatch(/^millrace: .*job-not-found: /);
  expect(await millrace(['jobs', 'show'])).toMatchObject({ code: 2 });
  expect(await millrace(['jobs', 'list', '--limit', 'many'])).toMatchObject({ code: 2 });
  expect(await millrace(['jobs', 'enqueue', 'campaign.seed', '--payload', '{'])).toMatchObject({ code: 2 });
});

test('a service that does not answer ends with 3', async () => {
  const { code, err } = await millrace(['queues', 'list', '--url', `http://127.0.0.1:${await freePort()}`]);
  expect({ code, err }).toEqual({ code: 3, err: expect.stringContaining('does not answer') });
});
