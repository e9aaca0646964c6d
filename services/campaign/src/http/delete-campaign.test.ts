import { randomUUID } from 'node:crypto';
import { until } from '@millrace/testkit';
import { entityKinds } from '../domain/template.ts';
import { type Json, serviceForTests, type TestService } from '../service-for-tests.ts';

type Call = Awaited<ReturnType<TestService['as']>>;
type Created = { campaign: { id: string }; source: string; job?: { id: string } };
type Listed = { items: { id: string; name: string }[] };

let service: TestService;
let [ann, bob, oli] = [] as unknown as [Call, Call, Call];
beforeAll(async () => {
  // What is deleted goes at once, a file as soon as nothing shows it.
  service = await serviceForTests({ CAMPAIGN_KEEP_DELETED_DAYS: '0', ASSET_GRACE_SECONDS: '0' });
  [ann, bob, oli] = await Promise.all([service.as('ann'), service.as('bob'), service.as('oli', 'operator')]);
  await until(async () => ((await ann<{ items: Json[] }>('GET', '/templates')).body.items ?? []).length > 0, {
    withinMs: 30_000,
  });
});

const create = async (body: object = { name: 'Brief' }, headers: Record<string, string> = {}) =>
  (await ann<Created>('POST', '/campaigns', { body, headers })).body;

async function seeded(): Promise<string> {
  const { id } = (await create()).campaign;
  await until(async () => (await ann('GET', `/campaigns/${id}`)).body['status'] === 'ready', { withinMs: 20_000 });
  return id;
}

const rowsOf = async (campaignId: string) =>
  (
    await Promise.all(
      [...entityKinds, 'asset_refs'].map((name) => service.database.collection(name).countDocuments({ campaignId })),
    )
  ).reduce((sum, count) => sum + count, 0);

const tombstoneOf = (id: string) => service.database.collection('campaigns').findOne({ _id: id as never });

const untilGone = (id: string) =>
  until(async () => (await tombstoneOf(id))?.['deletion']?.state === 'done', { withinMs: 20_000 });

test('a deleted campaign is at once out of reach with all that is in it, and then its rows go', async () => {
  const id = await seeded();
  const { items } = (await ann<Listed>('GET', `/campaigns/${id}/schticks`)).body;

  const first = await ann('DELETE', `/campaigns/${id}`);
  const paths = [`/campaigns/${id}`, `/campaigns/${id}/schticks`, `/campaigns/${id}/schticks/${items[0]?.id}`];
  const reads = await Promise.all(paths.map((path) => ann('GET', path)));
  const writes = await Promise.all([
    ann('POST', `/campaigns/${id}/seed`),
    ann('PATCH', `/campaigns/${id}/schticks/${items[0]?.id}`, { body: { description: 'late' } }),
  ]);
  const listed = (await ann<Listed>('GET', '/campaigns')).body.items.map((campaign) => campaign.id);
  const second = await ann('DELETE', `/campaigns/${id}`);
  await untilGone(id);
  const third = await ann('DELETE', `/campaigns/${id}`);

  expect([first, second, third].map(({ status }) => status)).toEqual([204, 204, 204]);
  expect([...reads, ...writes].map(({ status, body }) => `${status} ${body['code']}`)).toEqual(
    Array(5).fill('404 campaign-not-found'),
  );
  expect(listed).not.toContain(id);
  expect([await rowsOf(id), (await tombstoneOf(id))?.['name']]).toEqual([0, 'Deleted']);
  const deletions = (await oli<{ items: Json[] }>('GET', `/jobs?name=campaign.delete&arg.campaignId=${id}`)).body.items;
  expect(deletions).toMatchObject([{ state: 'completed', attempt: 1 }]);
});

test('one that is being seeded ends its seeding, and nothing of it comes behind', async () => {
  const { campaign, job } = await create({ name: 'Early' });

  const { status } = await ann('DELETE', `/campaigns/${campaign.id}`);
  await untilGone(campaign.id);
  const again = await oli<{ job: { id: string } }>('POST', '/jobs', {
    body: { name: 'campaign.seed', payload: { campaignId: campaign.id, requestedBy: 'ann' } },
  });
  const late = await oli('GET', `/jobs/${again.body.job.id}?wait=20`);

  expect(status).toBe(204);
  expect((await oli<{ endedAt: string }>('GET', `/jobs/${job?.id}`)).body.endedAt).not.toBeNull();
  expect(late.body).toMatchObject({ state: 'cancelled', message: `campaign ${campaign.id} was deleted` });
  expect(await rowsOf(campaign.id)).toBe(0);
});

test('what is added to it at that moment is refused, or goes with it', async () => {
  const id = await seeded();
  const add = (name: string) => ann('POST', `/campaigns/${id}/weapons`, { body: { name } });
  const before = await add('Before');

  const racing = Array.from({ length: 12 }, (_, index) => add(`Late ${index}`));
  const [deleted, ...added] = await Promise.all([ann('DELETE', `/campaigns/${id}`), ...racing]);
  await untilGone(id);

  expect([before.status, deleted.status]).toEqual([201, 204]);
  expect(added.map(({ status }) => status).filter((status) => status !== 201 && status !== 404)).toEqual([]);
  expect(await rowsOf(id)).toBe(0);
});

test('a deletion whose process died before the job was commanded is taken up', async () => {
  const id = await seeded();
  const deletion = { at: new Date(Date.now() - 60_000), by: 'ann', state: 'marked' };
  await service.database.collection('campaigns').updateOne({ _id: id as never }, { $set: { deletion } });

  await untilGone(id);

  expect(await rowsOf(id)).toBe(0);
});

test('the request that made it makes no other one', async () => {
  const headers = { 'Idempotency-Key': randomUUID() };
  const { campaign } = await create({ name: 'Once' }, headers);
  await ann('DELETE', `/campaigns/${campaign.id}`);
  // What was answered is forgotten after a day.
  await service.database.collection('idempotency').deleteMany({});

  const again = await ann('POST', '/campaigns', { body: { name: 'Once' }, headers });

  expect([again.status, again.body['code']]).toEqual([404, 'campaign-not-found']);
});

test('whose it is not deletes nothing; an operator may', async () => {
  const id = await seeded();
  const viewer = await service.as('vic', 'viewer');

  const refused = await Promise.all([
    bob('DELETE', `/campaigns/${id}`),
    viewer('DELETE', `/campaigns/${id}`),
    ann('DELETE', `/campaigns/${randomUUID()}`),
    ann('DELETE', '/campaigns/nonsense'),
  ]);
  const before = await ann('GET', `/campaigns/${id}`);
  const byOperator = await oli('DELETE', `/campaigns/${id}`);

  expect(refused.map(({ status }) => status)).toEqual([404, 403, 404, 404]);
  expect([before.status, byOperator.status, (await ann('GET', `/campaigns/${id}`)).status]).toEqual([200, 204, 404]);
  expect((await bob('DELETE', `/campaigns/${id}`)).status).toBe(404);
});

test('a file that only it showed is purged; those of templates stay', async () => {
  const id = await seeded();
  const [weapon] = (await ann<Listed>('GET', `/campaigns/${id}/weapons`)).body.items;
  const bytes = Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.from(randomUUID())]);
  const shown = await ann('PUT', `/campaigns/${id}/weapons/${weapon?.id}/image`, { bytes });
  expect(shown.status).toBe(200);
  const uploads = () => service.database.collection('assets').countDocuments({ source: 'upload', state: 'stored' });
  const files = () => service.database.collection('assets').countDocuments({ source: { $ne: 'upload' } });
  const [before, templates] = [await uploads(), await files()];

  await ann('DELETE', `/campaigns/${id}`);
  await until(async () => (await uploads()) === 0, { withinMs: 20_000, message: 'the upload is purged' });

  expect([before, await files()]).toEqual([1, templates]);
  expect((await ann<{ dangling: number }>('GET', '/assets')).body.dangling).toBe(0);
});

test('one in which somebody has worked stays when that is asked for', async () => {
  const [untouched, changed] = [await seeded(), await seeded()];
  const [weapon] = (await ann<Listed>('GET', `/campaigns/${changed}/weapons`)).body.items;
  await ann('PATCH', `/campaigns/${changed}/weapons/${weapon?.id}`, { body: { description: 'Sharper.' } });

  const answers = await Promise.all([untouched, changed].map((id) => ann('DELETE', `/campaigns/${id}?unless=changed`)));

  expect(answers.map(({ status, body }) => [status, body['code']])).toEqual([
    [204, undefined],
    [409, 'campaign-changed'],
  ]);
  expect((await ann('GET', `/campaigns/${changed}`)).status).toBe(200);
  expect((await ann('DELETE', `/campaigns/${changed}`)).status).toBe(204);
});

test('who follows the campaigns hears that one is deleted', async () => {
  const id = await seeded();
  const stopping = new AbortController();
  const { body } = await fetch(`${service.url}/events`, {
    headers: { authorization: `Bearer ${await service.tokenOf('ann')}` },
    signal: stopping.signal,
  });
  let heard = '';
  const listening = (async () => {
    for await (const chunk of body ?? []) heard += Buffer.from(chunk).toString();
  })().catch(() => undefined);
  await until(() => heard.includes(id), { withinMs: 10_000 });

  await ann('DELETE', `/campaigns/${id}`);
  await until(() => /event: campaign-deleted/.test(heard), { withinMs: 10_000, message: 'the deletion is told' });
  stopping.abort();
  await listening;

  expect(heard.slice(heard.indexOf('event: campaign-deleted'))).toContain(id);
});

test('a member of a pool is refused, and taken by whoever claims it', async () => {
  const admin = await service.as('ada', 'admin');
  await admin('PUT', '/pools/master', { body: { min: 1, target: 1, max: 1, low: 0, critical: 0 } });
  const member = await until(
    async () => {
      const { items } = (await oli<{ items: { id: string; poolStatus: string }[] }>('GET', '/pools/master/members'))
        .body;
      return items.find(({ poolStatus }) => poolStatus === 'ready');
    },
    { withinMs: 30_000, message: 'a member is ready' },
  );

  const asOperator = await oli('DELETE', `/campaigns/${member.id}`);
  const byJob = await oli<{ job: { id: string } }>('POST', '/jobs', {
    body: { name: 'campaign.delete', payload: { campaignId: member.id, requestedBy: 'oli' } },
  });
  const job = await oli('GET', `/jobs/${byJob.body.job.id}?wait=20`);
  const claimed = await create({ name: 'Claimed' });
  const deleted = await ann('DELETE', `/campaigns/${claimed.campaign.id}`);

  expect([asOperator.status, asOperator.body['code']]).toEqual([409, 'campaign-in-pool']);
  expect(job.body).toMatchObject({ state: 'failed', errors: [{ code: 'campaign-missing' }] });
  expect([claimed.source, claimed.campaign.id, deleted.status]).toEqual(['pool', member.id, 204]);
  await untilGone(member.id);
  expect(await rowsOf(member.id)).toBe(0);
});

test('after all deletions the ledger holds', async () => {
  await until(
    async () => {
      const { items } = (await oli<{ items: { name: string; live: number; imbalance: number }[] }>('GET', '/ledger'))
        .body;
      return items.every(({ live, imbalance }) => live === 0 && imbalance === 0);
    },
    { withinMs: 30_000, message: 'the ledger is level' },
  );
});
