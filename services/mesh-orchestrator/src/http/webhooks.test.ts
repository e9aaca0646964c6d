import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterFile, until } from '@millrace/testkit';
import { fails } from '../batch-world-for-tests.ts';
import { type Ask, pictureAt, type World, worldForTests } from '../service-for-tests.ts';

type Hook = { id: string; secret: string; disabledAt: string | null; disabledBecause: string | null };
type Made = { id: string; webhook: Hook };
type Delivery = { id: string; state: string; attempts: { status: number | null; error: string | null }[] };
type Got = { headers: IncomingHttpHeaders; body: string };

let world: World;
let ann: Ask;
beforeAll(async () => {
  world = await worldForTests({ WEBHOOK_ALLOW: '127.0.0.0/8', WEBHOOK_RETRY_MS: '50', WEBHOOK_TIMEOUT_MS: '500' });
  ann = await world.as('ann');
});

/** A receiver that answers as it is told; `undefined` lets the sender wait for ever. */
async function receiver(answers: readonly (number | undefined)[]) {
  const got: Got[] = [];
  const take = async (request: IncomingMessage, response: ServerResponse) => {
    got.push({ headers: request.headers, body: await text(request) });
    const status = answers[Math.min(got.length, answers.length) - 1];
    if (status !== undefined) response.writeHead(status, { location: 'http://127.0.0.1:1/' }).end('thanks');
  };
  const server = createServer((request, response) => void take(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterFile(async () => {
    server.closeAllConnections();
    server.close();
  });
  return { got, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook` };
}

const hookAt = async (url: string) =>
  (await ann<Hook>('POST', '/webhooks', { body: { url, events: ['mesh.completed'] } })).body;

const makeMesh = async () => {
  const { id } = (await ann<{ id: string }>('POST', '/meshes', { body: { ...pictureAt('duck'), reuse: false } })).body;
  await world.ended(ann, id);
  return id;
};

const deliveryOf = (id: string, states: readonly string[]) =>
  until(
    async () => {
      const { items } = (await ann<{ items: Delivery[] }>('GET', `/webhooks/${id}/deliveries`)).body;
      return items.find(({ state }) => states.includes(state));
    },
    { withinMs: 20_000 },
  );

const signs = ({ headers, body }: Got, secret: string): boolean => {
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const signed = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`;
  const wanted = `v1,${createHmac('sha256', key).update(signed).digest('base64')}`;
  return String(headers['webhook-signature']).split(' ').includes(wanted);
};

test('an event comes signed after failures, time-outs and redirects, always under one id, and again when asked', async () => {
  const { got, url } = await receiver([500, undefined, 302, 204]);
  const hook = await hookAt(url);

  const meshId = await makeMesh();
  const delivery = await deliveryOf(hook.id, ['delivered', 'failed']);
  const rotated = (await ann<Hook>('POST', `/webhooks/${hook.id}/rotate`)).body;
  await ann('POST', `/webhooks/${hook.id}/deliveries/${delivery.id}/redeliver`);
  await until(() => got.length === 5, { withinMs: 10_000 });

  expect(delivery.attempts.map(({ status }) => status)).toEqual([500, null, 302, 204]);
  expect(JSON.parse(got[0]?.body ?? '')).toMatchObject({ type: 'mesh.completed', data: { meshId, ownerId: 'ann' } });
  expect(new Set(got.map(({ headers }) => headers['webhook-id']))).toEqual(new Set([delivery.id]));
  expect(got.map((one) => [signs(one, hook.secret), signs(one, rotated.secret)])).toEqual([
    ...Array(4).fill([true, false]),
    [true, true],
  ]);
  await ann('DELETE', `/webhooks/${hook.id}`);
});

test('a receiver that is gone gets no more until somebody enables it', async () => {
  const { got, url } = await receiver([410]);
  const hook = await hookAt(url);

  await makeMesh();
  await deliveryOf(hook.id, ['failed']);
  const listed = async () =>
    (await ann<{ items: Hook[] }>('GET', '/webhooks')).body.items.find(({ id }) => id === hook.id);
  const disabled = await until(async () => ((await listed())?.disabledAt ? listed() : undefined));
  await makeMesh();
  await ann('POST', `/webhooks/${hook.id}/enable`);

  expect(disabled?.disabledBecause).toContain('410');
  expect(got).toHaveLength(1);
  expect((await listed())?.disabledAt).toBeNull();
  await ann('DELETE', `/webhooks/${hook.id}`);
});

test('a receiver that has failed for days gets no more', async () => {
  const { got, url } = await receiver([500]);
  const hook = await hookAt(url);
  const failingSince = new Date(Date.now() - 4 * 86_400_000);
  await world.database.collection('webhooks').updateOne({ _id: hook.id as never }, { $set: { failingSince } });

  await makeMesh();
  const delivery = await deliveryOf(hook.id, ['failed']);
  const row = await until(() =>
    world.database.collection('webhooks').findOne({ _id: hook.id as never, disabledAt: { $ne: null } }),
  );

  expect(row?.['disabledBecause']).toBe(`no delivery has succeeded since ${failingSince.toISOString()}`);
  expect([delivery.attempts.length, got.length]).toEqual([1, 1]);
  await ann('DELETE', `/webhooks/${hook.id}`);
});

test('a webhook that comes with a mesh hears of that mesh alone, each of its ends under one id, signed by its secret', async () => {
  const { got, url } = await receiver([500, 204]);
  const secret = `whsec_${randomBytes(24).toString('base64')}`;
  const { courseOf } = world.engine.behaviour;
  world.engine.behaviour.courseOf = () => fails;
  const sending = {
    body: { ...pictureAt('told'), reuse: false, webhook: { url, secret } },
    headers: { 'Idempotency-Key': `told-${randomUUID()}` },
  };

  const { status, body: mesh } = await ann<Made>('POST', '/meshes', sending);
  const again = await ann<Made>('POST', '/meshes', sending);
  await world.ended(ann, mesh.id, ['failed']);
  await deliveryOf(mesh.webhook.id, ['delivered']);
  world.engine.behaviour.courseOf = courseOf;
  await makeMesh();
  await ann('POST', `/meshes/${mesh.id}/retry`);
  await world.ended(ann, mesh.id, ['completed']);
  const log = await until(async () => {
    const { items } = (await ann<{ items: Delivery[] }>('GET', `/webhooks/${mesh.webhook.id}/deliveries`)).body;
    return items.length === 2 && items.every(({ state }) => state === 'delivered') && items;
  });

  expect([status, mesh.webhook.secret, again.body.webhook]).toEqual([202, secret, mesh.webhook]);
  expect(got.map(({ body }) => JSON.parse(body)).map(({ type, data }) => [type, data.meshId])).toEqual([
    ['mesh.failed', mesh.id],
    ['mesh.failed', mesh.id],
    ['mesh.completed', mesh.id],
  ]);
  expect(got.map(({ headers }) => headers['webhook-id'])).toEqual([log[1]?.id, log[1]?.id, log[0]?.id]);
  expect(got.map((one) => signs(one, secret))).toEqual([true, true, true]);
  const listed = async (query: string) => (await ann<{ items: Hook[] }>('GET', `/webhooks${query}`)).body.items;
  expect(await listed('')).toEqual([]);
  expect(await listed(`?taskId=${mesh.id}`)).toMatchObject([{ id: mesh.webhook.id, url, taskId: mesh.id }]);
});

test('a webhook of a mesh gets a secret when it brings none, and never leads into private networks', async () => {
  const url = 'http://10.0.0.1/hook';

  const { body: mesh } = await ann<Made>('POST', '/meshes', { body: { ...pictureAt('inner'), webhook: { url } } });
  const delivery = await deliveryOf(mesh.webhook.id, ['retrying', 'failed']);
  const wrong = { url: 'ftp://example.org', events: ['batch.completed'], secret: 'short' };
  const refused = await ann('POST', '/meshes', { body: { ...pictureAt('inner'), webhook: wrong } });

  expect(mesh.webhook.secret).toMatch(/^whsec_/);
  expect(delivery.attempts[0]).toMatchObject({ status: null, error: expect.stringContaining('open internet') });
  const paths = (refused.body['errors'] as { path: string }[]).map(({ path }) => path).sort();
  expect([refused.status, paths]).toEqual([422, ['body.webhook.events.0', 'body.webhook.secret', 'body.webhook.url']]);
  await ann('DELETE', `/webhooks/${mesh.webhook.id}`);
});

test('secrets that are asked for at the same moment all sign', async () => {
  const { got, url } = await receiver([204]);
  const hook = await hookAt(url);

  const asked = await Promise.all(Array.from({ length: 4 }, () => ann<Hook>('POST', `/webhooks/${hook.id}/rotate`)));
  await makeMesh();
  await until(() => got.length === 1, { withinMs: 10_000 });

  expect(asked.map(({ body }) => got.every((one) => signs(one, body.secret)))).toEqual([true, true, true, true]);
  await ann('DELETE', `/webhooks/${hook.id}`);
});

test('webhooks of others are not found', async () => {
  const { url } = await receiver([204]);
  const hook = await hookAt(url);
  const bob = await world.as('bob');

  expect((await bob('DELETE', `/webhooks/${hook.id}`)).body['code']).toBe('webhook-not-found');
  expect((await bob<{ items: Hook[] }>('GET', '/webhooks')).body.items).toEqual([]);
  await ann('DELETE', `/webhooks/${hook.id}`);
});
