import { randomUUID } from 'node:crypto';
import { campaignSeeded } from '@millrace/contracts/campaign';
import { projectMemberInvited } from '@millrace/contracts/projects';
import { until } from '@millrace/testkit';
import { type Fate, receivingSides } from './channel-receivers-for-tests.ts';
import { pushAuthority, pushService } from './push-service-for-tests.ts';
import { worldForTests } from './world-for-tests.ts';

/** Also on a machine that has other things to do. */
const within = { withinMs: 30_000 };

/** One suite for every way out of the house; a new channel is a row of `receivingSides`. */
const everyChannel = Object.entries(receivingSides).map(([channel, side]) => ({ channel, ...side }));

let world: Awaited<ReturnType<typeof worldForTests>>;
beforeAll(async () => {
  // Leases of 2 s, so that a death is missed soon.
  const lease = { JOBS_LEASE_MS: '2000', JOBS_HEARTBEAT_MS: '400', JOBS_SWEEP_MS: '300', JOBS_REDISPATCH_MS: '2000' };
  world = await worldForTests(
    { ...lease, ...(await pushAuthority()).env, DELIVERY_TIMEOUT_MS: '2500' },
    { asProcess: true },
  );
}, 90_000);

const seeded = (requestedBy: string) => {
  const counts = { schticks: 1, weapons: 1, characters: 1, factions: 1, junctures: 1 };
  const campaign = { campaignId: randomUUID(), name: 'Harbour', ownerId: requestedBy, requestedBy };
  const draft = campaignSeeded({ ...campaign, templateVersion: 1, counts, durationMs: 5 });
  return { id: randomUUID(), at: new Date(), ...draft };
};

describe.each(everyChannel)('$channel', ({ channel, receive, statusOf, forgets }) => {
  /** Somebody with this one address, to whom something has happened, told twice. */
  async function tell(fate: Fate) {
    const receiver = await receive(world, fate);
    const person = await world.person({});
    await receiver.give(person.ask);
    const event = seeded(person.sub);
    await world.tell(event, event);
    return { ...person, ids: receiver.ids };
  }

  // Told before the others, so that its silence passes beside them.
  let unanswered: Awaited<ReturnType<typeof tell>>;
  beforeAll(async () => {
    unanswered = await tell('never answers the first');
  });

  it('tells what is taken once, and says so', async () => {
    const { ended, ids } = await tell('takes it');

    const [delivery] = await ended(1, 'delivered');

    expect(delivery?.attempts).toMatchObject([{ verdict: 'taken', status: statusOf.taken }]);
    expect([ids(), delivery?.repeats]).toEqual([[delivery?.id], 0]);
    const labels = `channel="${channel}",category="campaign"`;
    await until(async () => {
      const figures = await (await fetch(`${world.url}/metrics`)).text();
      return (
        new RegExp(`notification_deliveries_total\\{${labels},outcome="delivered".*\\} [1-9]`).test(figures) &&
        new RegExp(`notification_delivery_seconds_count\\{${labels}.*\\} [1-9]`).test(figures)
      );
    }, within);
  });

  it('tries again what was surely not taken, without calling it a repetition', async () => {
    const { ended, ids } = await tell('is busy twice');

    const [delivery] = await ended(1, 'delivered');

    expect(delivery?.attempts.map(({ verdict, status }) => [verdict, status])).toEqual([
      ['again', statusOf.busy],
      ['again', statusOf.busy],
      ['taken', statusOf.taken],
    ]);
    expect([new Set(ids()), delivery?.repeats]).toEqual([new Set([delivery?.id]), 0]);
  });

  it('repeats under the same id what may have been taken, and reports that', async () => {
    const { ended, ids } = unanswered;

    const [delivery] = await ended(1, 'delivered');

    expect(delivery?.attempts.map(({ verdict }) => verdict)).toEqual(['unknown', 'taken']);
    expect([ids(), delivery?.repeats]).toEqual([[delivery?.id, delivery?.id], 1]);
  });

  it('shows what is refused as failed, with the answer', async () => {
    const { ended } = await tell('refuses it');

    const [delivery] = await ended(1, 'failed');

    expect(delivery?.attempts).toMatchObject([{ verdict: 'refused', status: statusOf.refused }]);
    expect(delivery?.reason).toContain(`${statusOf.refused}`);
  });

  it('sends nothing more to an address that is gone', async () => {
    const { sub, ask, ended } = await tell('is gone');

    const [bounced] = await ended(1, 'bounced');
    await world.tell(seeded(sub));
    await until(async () => (await ask('GET', '/deliveries?channel=inbox')).body.items.length === 2, within);
    const later = (await ended(forgets ? 1 : 2, 'bounced', 'skipped')).filter(({ state }) => state === 'skipped');

    expect(bounced?.attempts).toMatchObject([{ verdict: 'bounced', status: statusOf.gone }]);
    const reason = expect.stringContaining('nothing is sent to this address');
    expect(later).toMatchObject(forgets ? [] : [{ attempts: [], reason }]);
  });
});

test('a browser tells whoever signed it on last, encrypted and signed, and nobody once it is signed off', async () => {
  const { endpoint, keys, origin, got } = await pushService([201]);
  const [ann, bob] = [await world.person({}), await world.person({})];
  const register = (person: typeof ann, name: string) =>
    person.ask('POST', '/push/subscriptions', { endpoint, keys, expirationTime: null, name });
  const listed = async (person: typeof ann) => (await person.ask('GET', '/push/subscriptions')).body.items;

  await register(ann, 'at home');
  await register(bob, 'kiosk');
  const { id } = (await register(bob, 'kiosk')).body as unknown as { id: string };
  await world.tell(seeded(ann.sub), seeded(bob.sub));
  await bob.ended(1, 'delivered');
  const found = [await listed(ann), await listed(bob)];
  const removed = [
    await ann.ask('DELETE', `/push/subscriptions/${id}`),
    await bob.ask('DELETE', `/push/subscriptions/${id}`),
  ];
  await world.tell(seeded(bob.sub));
  await until(async () => (await bob.ask('GET', '/deliveries?channel=inbox')).body.items.length === 2, within);

  expect(found).toMatchObject([[], [{ id, endpoint, name: 'kiosk' }]]);
  expect(removed.map(({ status }) => status)).toEqual([404, 204]);
  const [delivery, ...more] = await bob.sent();
  expect([more, await ann.sent()]).toEqual([[], []]);
  expect(got).toMatchObject([
    {
      message: { id: delivery?.id, title: 'Harbour is ready', type: 'campaign.seeded' },
      headers: { ttl: '86400', urgency: 'normal', topic: delivery?.id.replaceAll('-', '') },
      claims: { aud: origin, sub: 'mailto:mill@race.example' },
      publicKey: (await bob.ask('GET', '/push/key')).body['publicKey'],
    },
  ]);
});

test('who is let into a project is invited by one mail', async () => {
  const email = `bob-${randomUUID().slice(0, 8)}@home.example`;
  const bob = await world.person({ contacts: { email } });
  const project = { projectId: randomUUID(), name: 'Lantern', slug: 'lantern', invitedBy: 'ann' };
  const draft = projectMemberInvited({ ...project, sub: bob.sub, role: 'editor' });
  const invited = { id: randomUUID(), at: new Date(), ...draft };

  await world.tell(invited, invited);
  await bob.ended(1, 'delivered');

  const [mail, ...more] = world.mail.to(email);
  expect(more).toEqual([]);
  expect(mail?.subject).toBe('You are invited to the project Lantern');
  expect(mail?.text).toContain('ann has let you in as editor. It is at lantern.');
});

test('what is no browser is refused by field', async () => {
  const { ask } = await world.person({});
  const keys = { p256dh: Buffer.alloc(65, 4).toString('base64url'), auth: 'short' };

  const { status, body } = await ask('POST', '/push/subscriptions', { endpoint: 'http://push.example/1', keys });

  const paths = [...new Set(body.errors.map(({ path }) => path))].sort();
  expect([status, paths]).toEqual([422, ['body.endpoint', 'body.keys.auth', 'body.keys.p256dh']]);
});

test('kill -9 in the middle of a send leaves one delivery for each channel, repeated under its id and reported', async () => {
  const receivers = await Promise.all(everyChannel.map((side) => side.receive(world, 'never answers the first')));
  const person = await world.person({});
  for (const { give } of receivers) await give(person.ask);

  await world.tell(seeded(person.sub));
  await until(() => receivers.every(({ ids }) => ids().length > 0), { withinMs: 15_000, everyMs: 5 });
  await world.killAndStart();
  const sent = await person.ended(receivers.length, 'delivered');

  for (const [index, { channel }] of everyChannel.entries()) {
    const delivery = sent.find((one) => one.channel === channel);
    expect([channel, new Set(receivers[index]?.ids())]).toEqual([channel, new Set([delivery?.id])]);
    const verdicts = delivery?.attempts.map(({ verdict }) => verdict) ?? [];
    expect([new Set(verdicts.slice(0, -1)), verdicts.at(-1)]).toEqual([new Set(['unknown']), 'taken']);
    expect(delivery?.repeats).toBe(verdicts.length - 1);
  }
  expect((await person.ask('GET', '/deliveries?channel=inbox')).body.items).toMatchObject([{ state: 'delivered' }]);
  expect((await person.ask('GET', '/notifications/unread-count')).body['count']).toBe(1);
}, 90_000);
