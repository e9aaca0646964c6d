import { randomUUID } from 'node:crypto';
import { until } from '@millrace/testkit';
import { type Json, serviceForTests, type TestService } from '../service-for-tests.ts';

type Call = Awaited<ReturnType<TestService['as']>>;
type Member = { sub: string; role: string; state: string };
type Listed = { items: { id: string; campaignId: string }[] };

let service: TestService;
let [ann, bob, cleo, vic, oli] = [] as unknown as [Call, Call, Call, Call, Call];
beforeAll(async () => {
  service = await serviceForTests();
  [ann, bob, cleo] = await Promise.all([service.as('ann'), service.as('bob'), service.as('cleo')]);
  [vic, oli] = await Promise.all([service.as('vic', 'viewer'), service.as('oli', 'operator')]);
  await until(async () => ((await ann<{ items: Json[] }>('GET', '/templates')).body.items ?? []).length > 0, {
    withinMs: 30_000,
  });
});

async function seeded(name = 'Shared'): Promise<string> {
  const { id } = (await ann<{ campaign: { id: string } }>('POST', '/campaigns', { body: { name } })).body.campaign;
  await until(async () => (await ann('GET', `/campaigns/${id}`)).body['status'] === 'ready', { withinMs: 30_000 });
  return id;
}

const invite = (id: string, sub: string, role: string, who = ann) =>
  who('POST', `/campaigns/${id}/members`, { body: { sub, role } });

const accept = (id: string, who: Call) => who('POST', `/campaigns/${id}/invitation/accept`);

async function shared(role: 'editor' | 'viewer'): Promise<string> {
  const id = await seeded();
  await invite(id, 'bob', role);
  await accept(id, bob);
  return id;
}

const membersOf = async (id: string, who = ann) =>
  (await who<{ items: Member[] }>('GET', `/campaigns/${id}/members`)).body.items.map(
    ({ sub, role, state }) => `${sub} ${role} ${state}`,
  );

const isListed = async (who: Call, path: string, id: string) =>
  (await who<Listed>('GET', path)).body.items.some((item) => item.id === id || item.campaignId === id);

const told = async (id: string) => {
  const row = await service.database.collection('campaigns').findOne({ _id: id as never });
  return ((row?.['outbox'] ?? []) as { type: string; data: Json }[]).filter(
    ({ type }) => type === 'campaign.member-invited',
  );
};

const statusOf = ({ status, body }: { status: number; body: Json }) =>
  body?.['code'] ? `${status} ${body['code']}` : String(status);

test('an invitation opens nothing until it is accepted, and is told once', async () => {
  const id = await seeded('Neon Harbour');

  const invited = await invite(id, 'bob', 'viewer');
  const again = await invite(id, 'bob', 'editor');
  const before = [await bob('GET', `/campaigns/${id}`), await bob('GET', `/campaigns/${id}/members`)];
  const isInvited = await isListed(bob, '/invitations', id);
  const accepted = await accept(id, bob);
  const twice = await accept(id, bob);

  expect([invited.status, again.status]).toEqual([201, 201]);
  expect(invited.body).toMatchObject({ sub: 'bob', role: 'viewer', state: 'invited', invitedBy: 'ann' });
  expect(before.map(statusOf)).toEqual(Array(2).fill('404 campaign-not-found'));
  expect([isInvited, await isListed(bob, '/invitations', id)]).toEqual([true, false]);
  expect([accepted.status, accepted.body['id'], twice.status]).toEqual([200, id, 200]);
  expect(await isListed(bob, '/campaigns', id)).toBe(true);
  expect(await membersOf(id, bob)).toEqual(['ann owner active', 'bob editor active']);
  const data = { campaignId: id, name: 'Neon Harbour', sub: 'bob', role: 'viewer', invitedBy: 'ann' };
  expect(await told(id)).toMatchObject([{ data }]);
  await until(
    async () => {
      const row = await service.database.collection('campaigns').findOne({ _id: id as never });
      return row?.['outboxAt'] === undefined;
    },
    { withinMs: 20_000, message: 'the invitation is told' },
  );
});

test('who declines is not let in, and can be invited again', async () => {
  const id = await seeded();
  await invite(id, 'bob', 'viewer');

  const declined = await bob('POST', `/campaigns/${id}/invitation/decline`);
  const late = await accept(id, bob);
  const members = await membersOf(id);
  await invite(id, 'bob', 'editor');

  expect([declined, late].map(statusOf)).toEqual(['204', '404 invitation-not-found']);
  expect(members).toEqual(['ann owner active']);
  expect((await accept(id, bob)).status).toBe(200);
});

/** What a person does with a campaign, by what it needs at least. */
const deeds = {
  viewer: (id: string, who: Call) => [who('GET', `/campaigns/${id}`), who('GET', `/campaigns/${id}/weapons`)],
  editor: (id: string, who: Call) => [
    who('POST', `/campaigns/${id}/weapons`, { body: { name: `Of ${randomUUID()}` } }),
  ],
  owner: (id: string, who: Call) => [
    who('POST', `/campaigns/${id}/seed`),
    who('POST', `/campaigns/${id}/members`, { body: { sub: 'dan', role: 'viewer' } }),
    who('PATCH', `/campaigns/${id}/members/bob`, { body: { role: 'editor' } }),
    who('POST', `/campaigns/${id}/transfer`, { body: { to: 'bob' } }),
    who('DELETE', `/campaigns/${id}`),
    who('POST', `/campaigns/${id}/restore`),
  ],
} as const;

const done = async (id: string, who: Call) => {
  const [reads, edits, owns] = await Promise.all(
    [deeds.viewer, deeds.editor, deeds.owner].map(async (of) => (await Promise.all(of(id, who))).map(statusOf)),
  );
  return { reads, edits, owns };
};

test('a viewer reads, an editor changes what is in it, and neither does what is its owner’s', async () => {
  const [read, edited] = [await shared('viewer'), await shared('editor')];

  const [viewer, editor] = [await done(read, bob), await done(edited, bob)];

  const forbidden = (count: number) => Array(count).fill('403 forbidden');
  expect(viewer).toEqual({ reads: ['200', '200'], edits: forbidden(1), owns: forbidden(6) });
  expect(editor).toEqual({ reads: ['200', '200'], edits: ['201'], owns: forbidden(6) });
});

test('every change of an entity asks for an editor', async () => {
  const id = await shared('viewer');
  const { items } = (await bob<Listed>('GET', `/campaigns/${id}/weapons`)).body;
  const path = `/campaigns/${id}/weapons/${items[0]?.id}`;

  const answers = await Promise.all([
    bob('PUT', path, { body: { name: 'Sharper' } }),
    bob('PATCH', path, { body: { description: 'Sharper.' } }),
    bob('DELETE', path),
    bob('PUT', `${path}/image`, { bytes: Buffer.from('89504e470d0a1a0a', 'hex') }),
    bob('DELETE', `${path}/image`),
  ]);

  expect([(await bob('GET', path)).status, ...answers.map(statusOf)]).toEqual([200, ...Array(5).fill('403 forbidden')]);
});

test('roles change, members leave and are let out, an owner is neither', async () => {
  const id = await shared('viewer');
  await invite(id, 'cleo', 'viewer');

  const raised = await ann('PATCH', `/campaigns/${id}/members/bob`, { body: { role: 'editor' } });
  const [adds] = await Promise.all(deeds.editor(id, bob));
  const ownerOut = await ann('DELETE', `/campaigns/${id}/members/ann`);
  const ownerLess = await ann('PATCH', `/campaigns/${id}/members/ann`, { body: { role: 'viewer' } });
  const otherOut = await bob('DELETE', `/campaigns/${id}/members/cleo`);
  const withdrawn = await ann('DELETE', `/campaigns/${id}/members/cleo`);
  const left = await bob('DELETE', `/campaigns/${id}/members/bob`);
  const unknown = await ann('DELETE', `/campaigns/${id}/members/bob`);

  expect([raised.body['role'], adds?.status]).toEqual(['editor', 201]);
  expect([ownerOut, ownerLess, otherOut].map(statusOf)).toEqual(['409 conflict', '409 conflict', '403 forbidden']);
  expect([withdrawn, left, unknown].map(statusOf)).toEqual(['204', '204', '404 member-not-found']);
  expect([await accept(id, cleo), await bob('GET', `/campaigns/${id}`)].map(statusOf)).toEqual([
    '404 invitation-not-found',
    '404 campaign-not-found',
  ]);
});

test('a campaign is handed over to a member, and who had it stays as an editor', async () => {
  const id = await shared('viewer');
  await invite(id, 'cleo', 'viewer');

  const stranger = await ann('POST', `/campaigns/${id}/transfer`, { body: { to: 'cleo' } });
  const given = await ann('POST', `/campaigns/${id}/transfer`, { body: { to: 'bob' } });
  const takenBack = await ann('POST', `/campaigns/${id}/transfer`, { body: { to: 'ann' } });

  expect([stranger, given, takenBack].map(statusOf)).toEqual(['409 conflict', '200', '403 forbidden']);
  expect(given.body['ownerId']).toBe('bob');
  expect(await membersOf(id)).toEqual(['ann editor active', 'bob owner active', 'cleo viewer invited']);
  expect((await bob('DELETE', `/campaigns/${id}`)).status).toBe(204);
});

test('members find nothing of one that is deleted, and are in it again when it is restored', async () => {
  const id = await shared('editor');
  await invite(id, 'cleo', 'viewer');
  await ann('DELETE', `/campaigns/${id}`);

  const gone = await Promise.all([
    bob('GET', `/campaigns/${id}`),
    bob('POST', `/campaigns/${id}/restore`),
    accept(id, cleo),
  ]);
  const isListedDeleted = await isListed(bob, '/campaigns?state=deleted', id);
  const isInvited = await isListed(cleo, '/invitations', id);
  await ann('POST', `/campaigns/${id}/restore`);

  expect(gone.map(statusOf)).toEqual(['404 campaign-not-found', '404 campaign-not-found', '404 invitation-not-found']);
  expect([isListedDeleted, isInvited]).toEqual([false, false]);
  expect((await bob('GET', `/campaigns/${id}`)).status).toBe(200);
});

test('what is decided at the same moment is all there', async () => {
  const id = await seeded();
  const guests = Array.from({ length: 12 }, (_, index) => `guest-${index}`);

  const invited = await Promise.all([
    ...guests.map((sub) => invite(id, sub, 'viewer')),
    ...guests.map((_, index) => ann('POST', `/campaigns/${id}/factions`, { body: { name: `Faction ${index}` } })),
  ]);
  const people = await Promise.all(guests.map((sub) => service.as(sub)));
  const accepted = await Promise.all(people.map((who) => accept(id, who)));

  expect([...invited, ...accepted].filter(({ status }) => status >= 400)).toEqual([]);
  expect((await membersOf(id)).sort()).toEqual(
    ['ann owner active', ...guests.map((sub) => `${sub} viewer active`)].sort(),
  );
  expect((await told(id)).length).toBe(guests.length);
});

test('who follows the campaigns hears of those that they are let into', async () => {
  const id = await seeded();
  const stopping = new AbortController();
  const { body } = await fetch(`${service.url}/events`, {
    headers: { authorization: `Bearer ${await service.tokenOf('bob')}` },
    signal: stopping.signal,
  });
  let heard = '';
  const listening = (async () => {
    for await (const chunk of body ?? []) heard += Buffer.from(chunk).toString();
  })().catch(() => undefined);

  await invite(id, 'bob', 'viewer');
  await accept(id, bob);
  await until(() => heard.includes(id), { withinMs: 10_000, message: 'the campaign is told' });
  stopping.abort();
  await listening;

  const { items } = (await oli<{ items: { id: string }[] }>('GET', `/jobs?name=campaign.seed&arg.campaignId=${id}`))
    .body;
  expect((await bob('GET', `/jobs/${items[0]?.id}`)).status).toBe(200);
});

test('nobody is invited who is in it, nor by whom it is not, nor into a pool', async () => {
  const id = await shared('viewer');
  const admin = await service.as('ada', 'admin');
  await admin('PUT', '/pools/master', { body: { min: 1, target: 1, max: 1, low: 0, critical: 0 } });
  const member = await until(
    async () => (await oli<{ items: { id: string }[] }>('GET', '/pools/master/members')).body.items[0],
    { withinMs: 30_000, message: 'a pool has a member' },
  );

  const answers = await Promise.all([
    invite(id, 'ann', 'viewer'),
    invite(id, 'bob', 'editor'),
    invite(id, 'cleo', 'viewer', cleo),
    invite(id, 'cleo', 'viewer', vic),
    invite(member.id, 'cleo', 'viewer', oli),
    invite(id, 'cleo', 'owner'),
    invite(id, 'cleo', 'viewer', oli),
  ]);

  expect(answers.map(statusOf)).toEqual([
    '409 conflict',
    '409 conflict',
    '404 campaign-not-found',
    '403 forbidden',
    '409 campaign-in-pool',
    '422 validation-failed',
    '201',
  ]);
});
