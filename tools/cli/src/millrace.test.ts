import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { freePort } from '@millrace/stack';
import { type RunningService, startService } from '@millrace/testkit';
import type { CommandRow } from './command-row.ts';
import { commandTable } from './command-table.ts';
import { fieldOf } from './option-values.ts';

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

type Schema = {
  $ref?: string;
  anyOf?: Schema[];
  enum?: string[];
  properties?: Record<string, Schema>;
  default?: unknown;
  minimum?: number;
  maximum?: number;
};
type Operation = {
  parameters?: { name: string; schema: Schema }[];
  requestBody?: { content: Record<string, { schema: Schema }> };
};

/** The routes of a service as it tells them: `GET /jobs/:x`. */
async function toldRoutes(): Promise<{ routes: Map<string, Operation>; whole: (schema: Schema) => Schema }> {
  const file = new URL('../../../docs/openapi/campaign.json', import.meta.url);
  const document = JSON.parse(await readFile(file, 'utf8')) as {
    paths: Record<string, Record<string, Operation>>;
    components: { schemas: Record<string, Schema> };
  };
  const routes = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(
      ([method, operation]) =>
        [`${method.toUpperCase()} ${path.replaceAll(/\{[a-zA-Z]+\}/g, ':x')}`, operation] as const,
    ),
  );
  const whole = (schema: Schema): Schema =>
    schema.$ref ? (document.components.schemas[schema.$ref.split('/').at(-1) ?? ''] ?? {}) : schema;
  return { routes: new Map(routes), whole };
}

const routeOf = ({ method, path }: CommandRow) => `${method} ${path.replaceAll(/:[a-zA-Z]+/g, ':x')}`;

test('every command is a route of the services, and every option something that the route takes', async () => {
  const { routes, whole } = await toldRoutes();
  const fields = (schema: Schema): Record<string, Schema> => {
    const { properties = {}, anyOf = [] } = whole(schema);
    return Object.assign({}, ...anyOf.map(fields), properties);
  };
  const unknown = commandTable.flatMap((row) => {
    const operation = routes.get(routeOf(row));
    if (!operation) return [row.name];
    const body = fields(operation.requestBody?.content['application/json']?.schema ?? {});
    const query = (operation.parameters ?? []).map(({ name }) => name);
    return [
      ...(row.query ?? []).filter((one) => one.reads !== 'pairs' && !query.includes(fieldOf(one))),
      ...(row.body ?? []).filter((one) => !(fieldOf(one) in (one.within ? fields(body[one.within] ?? {}) : body))),
    ].map(({ flags }) => `${row.name} ${flags}`);
  });

  expect(unknown).toEqual([]);
});

test('the help of an option names every word that its route takes, and its bounds', async () => {
  const { routes } = await toldRoutes();
  const silent = commandTable.flatMap((row) =>
    (row.query ?? []).flatMap((one) => {
      const told = routes.get(routeOf(row))?.parameters?.find(({ name }) => name === fieldOf(one))?.schema;
      const bounds = [told?.minimum, told?.maximum].filter((bound) => bound !== undefined);
      const words = [...(told?.enum ?? []), ...bounds.map(String)];
      return words.filter((word) => !one.help.includes(word)).map((word) => `${row.name} ${one.flags}: ${word}`);
    }),
  );

  expect(silent).toEqual([]);
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
