import { randomUUID } from 'node:crypto';
import { campaignSeeded } from '@millrace/contracts/campaign';
import { until } from '@millrace/testkit';
import { type Fate, receivingSides } from './channel-receivers-for-tests.ts';
import { worldForTests } from './world-for-tests.ts';

/** One suite for every way out of the house; a new channel is a row of `receivingSides`. */
const everyChannel = Object.entries(receivingSides).map(([channel, side]) => ({ channel, ...side }));

let world: Awaited<ReturnType<typeof worldForTests>>;
beforeAll(async () => {
  // Leases of 2 s, so that a death is missed soon.
  const lease = { JOBS_LEASE_MS: '2000', JOBS_HEARTBEAT_MS: '400', JOBS_SWEEP_MS: '300', JOBS_REDISPATCH_MS: '2000' };
  world = await worldForTests({ ...lease, DELIVERY_TIMEOUT_MS: '1500' }, { asProcess: true });
}, 90_000);

const seeded = (requestedBy: string) => {
  const counts = { schticks: 1, weapons: 1, characters: 1, factions: 1, junctures: 1 };
  const campaign = { campaignId: randomUUID(), name: 'Harbour', ownerId: requestedBy, requestedBy };
  const draft = campaignSeeded({ ...campaign, templateVersion: 1, counts, durationMs: 5 });
  return { id: randomUUID(), at: new Date(), ...draft };
};

describe.each(everyChannel)('$channel', ({ channel, receive, statusOf }) => {
  /** Somebody with this one address, to whom something has happened, told twice. */
  async function tell(fate: Fate) {
    const receiver = await receive(world, fate);
    const person = await world.person({ contacts: { [channel]: receiver.to } });
    const event = seeded(person.sub);
    await world.tell(event, event);
    return { ...person, ids: receiver.ids };
  }

  it('tells what is taken once, and says so', async () => {
    const { ended, ids } = await tell('takes it');

    const [delivery] = await ended(1, 'delivered');

    expect(delivery?.attempts).toMatchObject([{ verdict: 'taken', status: statusOf.taken }]);
    expect([ids(), delivery?.repeats]).toEqual([[delivery?.id], 0]);
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
    const { ended, ids } = await tell('never answers the first');

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
    const { sub, ended } = await tell('is gone');

    const [bounced] = await ended(1, 'bounced');
    await world.tell(seeded(sub));
    const skipped = (await ended(2, 'bounced', 'skipped')).find(({ state }) => state === 'skipped');

    expect(bounced?.attempts).toMatchObject([{ verdict: 'bounced', status: statusOf.gone }]);
    expect(skipped).toMatchObject({ attempts: [], reason: expect.stringContaining('nothing is sent to this address') });
  });
});

test('kill -9 in the middle of a send leaves one delivery for each channel, repeated under its id and reported', async () => {
  const receivers = await Promise.all(everyChannel.map((side) => side.receive(world, 'never answers the first')));
  const contacts = Object.fromEntries(everyChannel.map(({ channel }, index) => [channel, receivers[index]?.to]));
  const person = await world.person({ contacts });

  await world.tell(seeded(person.sub));
  await until(() => receivers.every(({ ids }) => ids().length > 0), { withinMs: 15_000, everyMs: 5 });
  await world.killAndStart();
  const sent = await person.ended(receivers.length, 'delivered');

  for (const [index, { channel }] of everyChannel.entries()) {
    const delivery = sent.find((one) => one.channel === channel);
    expect([channel, new Set(receivers[index]?.ids())]).toEqual([channel, new Set([delivery?.id])]);
    expect(delivery?.attempts.map(({ verdict }) => verdict)).toEqual(['unknown', 'taken']);
    expect(delivery?.repeats).toBe(1);
  }
  expect((await person.ask('GET', '/deliveries?channel=inbox')).body.items).toMatchObject([{ state: 'delivered' }]);
  expect((await person.ask('GET', '/notifications/unread-count')).body['count']).toBe(1);
}, 90_000);
