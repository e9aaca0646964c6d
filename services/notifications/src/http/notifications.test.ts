import { randomUUID } from 'node:crypto';
import { campaignSeedingFailed } from '@millrace/contracts/campaign';
import { seeded, stored } from '../events-for-tests.ts';
import { startInbox } from './inbox-under-test.ts';

let inbox: Awaited<ReturnType<typeof startInbox>>;
beforeAll(async () => {
  inbox = await startInbox();
});
afterAll(() => inbox.stop());

describe('GET /notifications', () => {
  it('shows what was told of a seeded campaign, to the person who asked alone', async () => {
    const [ada, bob] = [await inbox.person(), await inbox.person({ replica: 1 })];
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const event = { ...seeded(ada.sub), traceparent };

    const items = await ada.receive(event);

    expect(items).toEqual([
      {
        id: expect.any(String),
        category: 'campaign',
        actions: [],
        title: 'Neon Harbour is ready',
        body: 'Your campaign holds 643 schticks, 86 weapons, 40 characters, 12 factions and 7 junctures.',
        link: `/campaigns/${(event.data as { campaignId: string }).campaignId}`,
        locale: 'en',
        eventId: event.id,
        traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
        seenAt: null,
        readAt: null,
        archivedAt: null,
        createdAt: expect.any(String),
        updatedAt: expect.any(String),
      },
    ]);
    expect(await bob.entries()).toEqual([]);
  });

  it('shows a failure with its remedy', async () => {
    const ada = await inbox.person();
    const error = { code: 'verification-failed', message: '3 schticks are missing', remedy: 'seed it again' };

    const items = await ada.receive(
      stored(campaignSeedingFailed({ campaignId: randomUUID(), requestedBy: ada.sub, error })),
    );

    expect(items).toMatchObject([
      { title: 'A campaign could not be filled', body: '3 schticks are missing. seed it again.' },
    ]);
  });

  it('shows one entry however often the event is told, and none when nobody asked', async () => {
    const ada = await inbox.person();
    const event = seeded(ada.sub);
    await ada.receive(event);

    const { at, ...rest } = event;
    await inbox.teller.replay({ type: event.type, body: JSON.stringify({ ...rest, at: at.toISOString() }) });
    await inbox.teller.publish([seeded(null)]);
    await ada.receive(seeded(ada.sub, 'Old Harbour'));

    expect((await ada.entries()).map(({ title }) => title)).toEqual(['Old Harbour is ready', 'Neon Harbour is ready']);
  });

  it('pages through the list, newest first', async () => {
    const ada = await inbox.person();
    await ada.receive(...Array.from({ length: 5 }, (_, index) => seeded(ada.sub, `Harbour ${index}`)));
    const whole = await ada.entries('?limit=100');

    const first = await ada.ask('GET', '/notifications?limit=3');
    const second = await ada.ask('GET', `/notifications?limit=3&cursor=${first.body.nextCursor}`);

    expect([...first.body.items, ...second.body.items]).toEqual(whole);
    expect(second.body.nextCursor).toBeNull();
  });

  it.each([
    'limit=0',
    'limit=-1',
    'limit=ten',
    'cursor=broken',
    'state=lost',
    'category=weather',
    'state[$ne]=read',
    'colour=red',
  ])('refuses ?%s', async (query) => {
    const ada = await inbox.person();

    const { status, body } = await ada.ask('GET', `/notifications?${query}`);

    expect([status, body.code]).toEqual([422, 'validation-failed']);
  });
});

describe('the unread count', () => {
  it('falls by reading and archiving, and is asked of any replica', async () => {
    const ada = await inbox.person();
    const items = await ada.receive(seeded(ada.sub), seeded(ada.sub), seeded(ada.sub));
    const count = async () => (await ada.ask('GET', '/notifications/unread-count')).body;
    const ofCampaigns = (n: number) => ({
      count: n,
      byCategory: { campaign: n, mesh: 0, music: 0, project: 0, operations: 0 },
    });
    expect(await count()).toEqual(ofCampaigns(3));

    await ada.ask('POST', `/notifications/${items[0]?.id}/seen`);
    expect(await count()).toEqual(ofCampaigns(3));
    await ada.ask('POST', `/notifications/${items[0]?.id}/read`);
    expect(await count()).toEqual(ofCampaigns(2));
    await ada.ask('POST', `/notifications/${items[1]?.id}/archive`);
    expect(await count()).toEqual(ofCampaigns(1));
    expect((await ada.ask('POST', '/notifications/read-all')).body).toEqual({ count: 1 });
    expect(await count()).toEqual(ofCampaigns(0));
  });
});

describe('POST /notifications/:id', () => {
  it.each(['seen', 'read', 'archive'])('%s changes nothing the second time', async (mark) => {
    const ada = await inbox.person();
    const [entry] = await ada.receive(seeded(ada.sub));

    const first = await ada.ask('POST', `/notifications/${entry?.id}/${mark}`);
    const second = await ada.ask('POST', `/notifications/${entry?.id}/${mark}`);

    expect(first).toMatchObject({ status: 200, body: { id: entry?.id } });
    expect(second).toEqual(first);
  });

  it('answers 404 for what is unknown, malformed or somebody else’s', async () => {
    const [ada, bob] = [await inbox.person(), await inbox.person()];
    const [entry] = await ada.receive(seeded(ada.sub));

    const statuses = [];
    for (const id of [randomUUID(), 'nonsense', entry?.id])
      statuses.push((await bob.ask('POST', `/notifications/${id}/read`)).status);

    expect(statuses).toEqual([404, 404, 404]);
    expect((await ada.entries())[0]?.readAt).toBeNull();
  });

  it('is refused to a viewer, who changes nothing', async () => {
    const viewer = await inbox.person({ role: 'viewer' });
    const [entry] = await viewer.receive(seeded(viewer.sub));

    expect((await viewer.ask('POST', `/notifications/${entry?.id}/read`)).status).toBe(403);
  });
});
