import { until } from '@millrace/testkit';
import { entityKinds } from '../domain/template.ts';
import { type Json, serviceForTests, type TestService } from '../service-for-tests.ts';

type Call = Awaited<ReturnType<TestService['as']>>;
type Created = { campaign: { id: string }; job?: { id: string } };
type Listed = { items: { id: string; name: string; deletedAt: string | null; restorableUntil: string | null }[] };

const dayMs = 86_400_000;

let service: TestService;
let [ann, bob, vic, oli] = [] as unknown as [Call, Call, Call, Call];
beforeAll(async () => {
  service = await serviceForTests();
  [ann, bob] = await Promise.all([service.as('ann'), service.as('bob')]);
  [vic, oli] = await Promise.all([service.as('vic', 'viewer'), service.as('oli', 'operator')]);
  await until(async () => ((await ann<{ items: Json[] }>('GET', '/templates')).body.items ?? []).length > 0, {
    withinMs: 30_000,
  });
});

const untilReady = (id: string) =>
  until(async () => (await ann('GET', `/campaigns/${id}`)).body['status'] === 'ready', { withinMs: 30_000 });

async function seeded(name = 'Missed'): Promise<string> {
  const { id } = (await ann<Created>('POST', '/campaigns', { body: { name } })).body.campaign;
  await untilReady(id);
  return id;
}

const deletedOf = async (who: Call) => (await who<Listed>('GET', '/campaigns?state=deleted')).body.items;
const has = (items: readonly { id: string }[], id: string) => items.some((item) => item.id === id);
const codeOf = ({ status, body }: { status: number; body: Json }) => [status, body['code']];

const rowsOf = async (campaignId: string) =>
  (
    await Promise.all(
      [...entityKinds, 'asset_refs'].map((name) => service.database.collection(name).countDocuments({ campaignId })),
    )
  ).reduce((sum, count) => sum + count, 0);

const setInStore = (id: string, $set: Record<string, unknown>) =>
  service.database.collection('campaigns').updateOne({ _id: id as never }, { $set });

const untilGone = (id: string) =>
  until(
    async () => {
      const row = await service.database.collection('campaigns').findOne({ _id: id as never });
      return row?.['deletion']?.state === 'done';
    },
    { withinMs: 20_000, message: 'it is taken apart' },
  );

test('a deleted campaign is listed as such by its owner, and comes back as it was', async () => {
  const id = await seeded();
  const before = (await ann('GET', `/campaigns/${id}`)).body;
  const rows = await rowsOf(id);

  await ann('DELETE', `/campaigns/${id}`);
  const shown = (await deletedOf(ann)).find((item) => item.id === id);
  const [others, all] = await Promise.all([deletedOf(bob), deletedOf(vic)]);
  const gone = await ann('GET', `/campaigns/${id}`);
  const restored = await ann('POST', `/campaigns/${id}/restore`);
  const again = await ann('POST', `/campaigns/${id}/restore`);

  const keptMs = Date.parse(String(shown?.restorableUntil)) - Date.parse(String(shown?.deletedAt));
  expect([keptMs, has(others, id), has(all, id), gone.status]).toEqual([30 * dayMs, false, true, 404]);
  const { revision: _r, updatedAt: _u, ...asBefore } = before;
  expect([restored.status, again.status]).toEqual([200, 200]);
  expect(restored.body).toMatchObject(asBefore);
  expect(again.body).toEqual(restored.body);
  expect([await rowsOf(id), has(await deletedOf(ann), id)]).toEqual([rows, false]);
  expect(has((await ann<Listed>('GET', '/campaigns')).body.items, id)).toBe(true);
  const added = await ann('POST', `/campaigns/${id}/weapons`, { body: { name: 'After' } });
  expect(added.status).toBe(201);
});

test('deleted twice and restored, it can be deleted and restored again', async () => {
  const id = await seeded();

  const answers = [];
  for (const deed of ['DELETE', 'DELETE', 'restore', 'DELETE', 'restore'])
    answers.push(
      deed === 'restore' ? await ann('POST', `/campaigns/${id}/restore`) : await ann('DELETE', `/campaigns/${id}`),
    );

  expect(answers.map(({ status }) => status)).toEqual([204, 204, 200, 204, 200]);
  expect((await ann('GET', `/campaigns/${id}`)).status).toBe(200);
});

test('when its time is over it is taken apart, and a restore says so', async () => {
  const id = await seeded();
  await ann('DELETE', `/campaigns/${id}`);

  await setInStore(id, { 'deletion.restorableUntil': new Date(Date.now() - 1) });
  const late = await ann('POST', `/campaigns/${id}/restore`);
  await untilGone(id);
  const later = await ann('POST', `/campaigns/${id}/restore`);

  expect([late, later].map(codeOf)).toEqual([
    [410, 'campaign-purged'],
    [410, 'campaign-purged'],
  ]);
  expect([await rowsOf(id), has(await deletedOf(ann), id)]).toEqual([0, false]);
});

test('a purge takes it apart now, whether it was deleted before or not', async () => {
  const [present, kept] = [await seeded(), await seeded()];
  await ann('DELETE', `/campaigns/${kept}`);

  const purged = await Promise.all([present, kept].map((id) => ann('DELETE', `/campaigns/${id}?purge=true`)));
  await Promise.all([present, kept].map(untilGone));

  expect(purged.map(({ status }) => status)).toEqual([204, 204]);
  expect([await rowsOf(present), await rowsOf(kept)]).toEqual([0, 0]);
  expect(codeOf(await ann('POST', `/campaigns/${kept}/restore`))).toEqual([410, 'campaign-purged']);
});

test('a purge unless it is changed leaves one alone in which somebody has worked, deleted or not', async () => {
  const id = await seeded();
  await ann('POST', `/campaigns/${id}/weapons`, { body: { name: 'Mine' } });
  await ann('DELETE', `/campaigns/${id}`);

  const refused = await ann('DELETE', `/campaigns/${id}?purge=true&unless=changed`);

  expect(codeOf(refused)).toEqual([409, 'campaign-changed']);
  expect((await ann('POST', `/campaigns/${id}/restore`)).status).toBe(200);
});

test('one that was deleted before it was ready is seeded when it is restored', async () => {
  const { campaign } = (await ann<Created>('POST', '/campaigns', { body: { name: 'Early' } })).body;
  await ann('DELETE', `/campaigns/${campaign.id}`);
  await until(
    async () => {
      const { items } = (await oli<{ items: Json[] }>('GET', `/jobs?name=campaign.seed&arg.campaignId=${campaign.id}`))
        .body;
      return items.length > 0 && items.every(({ endedAt }) => endedAt !== null);
    },
    { withinMs: 30_000, message: 'its seeding has ended' },
  );

  const restored = await ann('POST', `/campaigns/${campaign.id}/restore`);
  await untilReady(campaign.id);

  expect(restored.status).toBe(200);
  const { counts } = (await ann<{ counts: { schticks: number } }>('GET', `/campaigns/${campaign.id}`)).body;
  const schticks = await service.database.collection('schticks').countDocuments({ campaignId: campaign.id });
  expect(counts.schticks).toBe(schticks);
});

test('whose it is not restores nothing; an operator may, and one that never was is not found', async () => {
  const id = await seeded();
  await ann('DELETE', `/campaigns/${id}`);

  const refused = [await bob('POST', `/campaigns/${id}/restore`), await vic('POST', `/campaigns/${id}/restore`)];
  const unknown = await ann('POST', '/campaigns/0199a0b0-0000-7000-8000-000000000001/restore');
  const byOperator = await oli('POST', `/campaigns/${id}/restore`);

  expect(refused.map(({ status }) => status)).toEqual([404, 403]);
  expect([unknown.status, byOperator.status]).toEqual([404, 200]);
});
