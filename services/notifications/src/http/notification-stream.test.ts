import { until } from '@millrace/testkit';
import { seeded } from '../events-for-tests.ts';
import { type Entry, startInbox } from './inbox-under-test.ts';

let inbox: Awaited<ReturnType<typeof startInbox>>;
beforeAll(async () => {
  inbox = await startInbox();
});
afterAll(() => inbox.stop());

type Told = { id: string; event: string; data: { items?: Entry[]; notification?: Entry; unread: number } };

/** Listens until the end of the test; `told` grows. */
async function listen(
  { eventsUrl, headers }: { eventsUrl: string; headers: Record<string, string> },
  lastEventId?: string,
) {
  const stop = new AbortController();
  const told: Told[] = [];
  const more = { ...headers, ...(lastEventId !== undefined && { 'Last-Event-ID': lastEventId }) };
  const answer = await fetch(eventsUrl, { headers: more, signal: stop.signal });
  const read = async () => {
    let text = '';
    for await (const chunk of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      const blocks = (text + chunk).split('\n\n');
      text = blocks.pop() ?? '';
      told.push(...blocks.filter((block) => block.includes('data:')).map(parse));
    }
  };
  const reading = read().catch(() => {});
  return {
    told,
    status: answer.status,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await reading;
    },
  };
}

function parse(block: string): Told {
  const fields = Object.fromEntries(block.split('\n').map((line) => line.split(/: (.*)/, 2)));
  return { id: fields['id'], event: fields['event'], data: JSON.parse(fields['data']) };
}

describe('GET /notifications/events', () => {
  it('begins with a snapshot, and tells what comes and what another replica marks', async () => {
    const ada = await inbox.person();
    const [first] = await ada.receive(seeded(ada.sub, 'First Harbour'));
    await using stream = await listen(ada);
    await until(() => stream.told.length === 1);

    await ada.receive(seeded(ada.sub, 'Second Harbour'));
    await until(() => stream.told.length === 2);
    await ada.ask('POST', `/notifications/${first?.id}/read`, { at: 1 });
    await until(() => stream.told.length === 3);

    const [snapshot, second, read] = stream.told;
    expect(snapshot).toMatchObject({ id: '1', event: 'snapshot', data: { items: [first], unread: 1 } });
    expect(second).toMatchObject({
      id: '2',
      event: 'notification',
      data: { notification: { title: 'Second Harbour is ready' }, unread: 2 },
    });
    expect(read).toMatchObject({
      id: '3',
      event: 'notification',
      data: { notification: { id: first?.id, readAt: expect.any(String) }, unread: 1 },
    });
  });

  it('begins empty for somebody who was never told anything, and says nothing of others', async () => {
    const [ada, bob] = [await inbox.person(), await inbox.person()];
    await using stream = await listen(ada);
    await until(() => stream.told.length === 1);

    await bob.receive(seeded(bob.sub));
    await ada.receive(seeded(ada.sub));
    await until(() => stream.told.length === 2);

    expect(stream.told).toMatchObject([
      { id: '0', event: 'snapshot', data: { items: [], unread: 0 } },
      { id: '1', event: 'notification', data: { unread: 1 } },
    ]);
  });

  it('goes on after Last-Event-ID, on whichever replica', async () => {
    const ada = await inbox.person({ replica: 1 });
    await ada.receive(seeded(ada.sub, 'First Harbour'));
    await ada.receive(seeded(ada.sub, 'Second Harbour'));
    await using stream = await listen(ada, '1');
    await until(() => stream.told.length === 1);

    await ada.receive(seeded(ada.sub, 'Third Harbour'));
    await until(() => stream.told.length === 2);

    expect(stream.told.map(({ id, data }) => [id, data.notification?.title])).toEqual([
      ['2', 'Second Harbour is ready'],
      ['3', 'Third Harbour is ready'],
    ]);
  });

  it.each(['nonsense', '99', '-1', '1.5'])('begins with a snapshot when Last-Event-ID is %s', async (lastEventId) => {
    const ada = await inbox.person();
    await ada.receive(seeded(ada.sub));

    await using stream = await listen(ada, lastEventId);
    await until(() => stream.told.length === 1);

    expect(stream.told).toMatchObject([{ id: '1', event: 'snapshot', data: { unread: 1 } }]);
  });

  it('shows everything again after all was read', async () => {
    const ada = await inbox.person();
    await ada.receive(seeded(ada.sub), seeded(ada.sub));
    await using stream = await listen(ada);
    await until(() => stream.told.length === 1);

    await ada.ask('POST', '/notifications/read-all', { at: 1 });
    await until(() => stream.told.length === 2);

    expect(stream.told[1]).toMatchObject({
      event: 'snapshot',
      data: { unread: 0, items: [{ readAt: expect.any(String) }, { readAt: expect.any(String) }] },
    });
  });
});
