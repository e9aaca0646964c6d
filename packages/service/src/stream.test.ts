import { connect } from 'node:net';
import { until } from '@millrace/testkit';
import { startHello } from './hello-service.ts';
import { mintLocalToken } from './local-key.ts';
import { route } from './route.ts';
import { eventStream, type StreamEvent } from './sse.ts';

/** A service with one counter and a stream of it; `raise` changes it. */
async function setup({ last = Number.POSITIVE_INFINITY, at = 1 } = {}) {
  let count = at;
  const followers = new Set<(event: StreamEvent) => void>();
  const asEvent = (): StreamEvent => ({ id: String(count), event: 'count', data: { count } });
  const events = route({
    method: 'get',
    path: '/counter/events',
    summary: 'Streams the counter.',
    role: 'any',
    responses: { 200: { description: 'Counts.', mediaType: 'text/event-stream' } },
    handle: async () =>
      eventStream({
        snapshot: async () => [asEvent()],
        follow(push) {
          followers.add(push);
          return () => followers.delete(push);
        },
        isLast: ({ id }) => Number(id) >= last,
      }),
  });
  const service = await startHello([events], { SSE_HEARTBEAT_SECONDS: '0.05' });
  const raise = (to: number, push = true) => {
    count = to;
    if (push) for (const follower of followers) follower(asEvent());
  };
  const open = async (lastEventId?: string) => {
    const authorization = `Bearer ${await mintLocalToken({ role: 'viewer' })}`;
    const headers = { authorization, ...(lastEventId && { 'last-event-id': lastEventId }) };
    const answer = await fetch(`${service.url}/counter/events`, { headers });
    return { answer, ...reading(answer) };
  };
  return { service, followers, raise, open };
}

function reading(answer: Response) {
  let text = '';
  let hasEnded = false;
  const decoder = new TextDecoder();
  const ended = (async () => {
    for await (const chunk of answer.body ?? []) text += decoder.decode(chunk as Uint8Array, { stream: true });
  })()
    .catch(() => undefined)
    .finally(() => (hasEnded = true));
  return {
    text: () => text,
    ids: () => [...text.matchAll(/^id: (.*)$/gm)].map(([, id]) => id),
    ended,
    hasEnded: () => hasEnded,
  };
}

test('a stream sends the snapshot first, then changes, with a heartbeat between', async () => {
  const { raise, open } = await setup();

  const stream = await open();
  await until(() => stream.ids().length === 1);
  raise(2);
  raise(3);
  await until(() => stream.ids().length === 3);
  await until(() => stream.text().includes('\n:\n'), { message: 'a heartbeat' });

  expect(stream.answer.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  expect(stream.text()).toMatch(/^retry: 1000\n\nid: 1\nevent: count\ndata: \{"count":1\}\n\n/);
  expect(stream.ids()).toEqual(['1', '2', '3']);
});

test('a stream ends after the last event, and a reconnect to it is told to stay away', async () => {
  const { raise, open, followers } = await setup({ last: 2 });

  const stream = await open();
  await until(() => stream.ids().length === 1);
  raise(2);
  await stream.ended;
  const again = await open('2');
  const fresh = await open();
  await fresh.ended;

  expect(stream.ids()).toEqual(['1', '2']);
  expect(again.answer.status).toBe(204);
  expect(fresh.ids()).toEqual(['2']);
  await until(() => followers.size === 0, { message: 'nobody follows any more' });
});

test('a caller who goes is no longer followed', async () => {
  const { service, followers } = await setup();
  const socket = connect(Number(new URL(service.url).port), '127.0.0.1');
  const token = await mintLocalToken({ role: 'viewer' });
  socket.write(`GET /counter/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n\r\n`);
  await until(() => followers.size === 1, { message: 'the stream is open' });

  socket.destroy();

  await until(() => followers.size === 0, { message: 'nobody follows any more' });
  expect(followers.size).toBe(0);
});

test('the stop of a service ends its streams', async () => {
  const { service, open } = await setup();
  const stream = await open();
  await until(() => stream.ids().length === 1);

  await service.stop();
  await stream.ended;

  expect(stream.hasEnded()).toBe(true);
});

test('a reader who falls behind is cut off', async () => {
  const { service, followers } = await setup();
  const socket = connect(Number(new URL(service.url).port), '127.0.0.1');
  const token = await mintLocalToken({ role: 'viewer' });
  socket.write(`GET /counter/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n\r\n`);
  socket.pause();
  await until(() => followers.size === 1, { message: 'the stream is open' });

  const push = [...followers][0];
  const large = 'x'.repeat(100_000);
  await until(() => {
    push?.({ id: '9', data: large });
    return followers.size === 0;
  });

  expect(followers.size).toBe(0);
  socket.destroy();
});

test('a stop does not wait for connections that ask nothing', async () => {
  const { service } = await setup();
  const socket = connect(Number(new URL(service.url).port), '127.0.0.1');
  await new Promise((resolve) => socket.once('connect', resolve));
  const startedAt = performance.now();

  await service.stop();

  expect(performance.now() - startedAt).toBeLessThan(3_000);
  socket.destroy();
});
