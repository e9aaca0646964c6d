import { until } from '@millrace/testkit';
import { serviceForTests, type TestService } from '../service-for-tests.ts';

type Campaign = { id: string; name: string; status: string; templateVersion: number } & Record<string, unknown>;
type Made = { campaign: Campaign; source: 'pool' | 'cold'; job?: { id: string } };
type Pool = {
  status: string;
  policy: Record<string, unknown>;
  counts: Record<string, number>;
  metrics: { hits: number; buildMs: number; refillLagMs: number | null };
};

let service: TestService;
let admin: Awaited<ReturnType<TestService['as']>>;

beforeAll(async () => {
  service = await serviceForTests({ POOL_TARGET: '3' });
  admin = await service.as('root', 'admin');
}, 60_000);

const pool = async () => (await admin<Pool>('GET', '/pools/master')).body;

const full = (ready: number) =>
  until(async () => (await pool()).counts['ready'] === ready, { withinMs: 60_000, message: `${ready} are ready` });

async function create(sub: string, name: string, key?: string) {
  const ann = await service.as(sub);
  return ann<Made>('POST', '/campaigns', { body: { name }, ...(key && { headers: { 'Idempotency-Key': key } }) });
}

test('a person gets a ready campaign that looks new, and the pool fills itself again', async () => {
  await full(3);
  const before = Date.now();
  const { status, headers, body } = await create('ann', 'The Hollow Lantern');
  expect(status).toBe(201);
  expect(headers.get('location')).toBe(`/campaigns/${body.campaign.id}`);
  expect(body).toMatchObject({
    source: 'pool',
    campaign: {
      name: 'The Hollow Lantern',
      ownerId: 'ann',
      status: 'ready',
      isPool: false,
      poolType: 'master',
      poolStatus: 'claimed',
      templateVersion: 1,
      counts: { schticks: 20 },
    },
  });
  const { createdAt, activatedAt, poolCreatedAt, updatedAt } = body.campaign;
  expect([updatedAt, activatedAt]).toEqual([createdAt, createdAt]);
  expect(Date.parse(String(createdAt))).toBeGreaterThanOrEqual(before);
  expect(Date.parse(String(poolCreatedAt))).toBeLessThan(before);
  await full(3);
  expect((await pool()).counts).toMatchObject({ claimed: 1, building: 0, failed: 0, stale: 0 });
});

test('the job that seeded a claimed campaign is its owner’s to see, and nobody else’s', async () => {
  await full(3);
  const { body } = await create('kim', 'Mine to see');
  const [kim, lee] = [await service.as('kim'), await service.as('lee')];

  const { status, headers } = await kim<{ job: { id: string } }>('POST', `/campaigns/${body.campaign.id}/seed`);
  const location = String(headers.get('location'));

  expect([body.source, status]).toEqual(['pool', 202]);
  expect((await kim('GET', location)).body).toMatchObject({ name: 'campaign.seed', state: 'completed' });
  expect((await kim('GET', `${location}/logs`)).status).toBe(200);
  expect((await kim('GET', `${location}/tree`)).status).toBe(200);
  expect((await lee('GET', location)).status).toBe(404);
});

test('everything in a claimed campaign is as fresh as the campaign', async () => {
  await full(3);
  const { body } = await create('bob', 'Fresh');
  const bob = await service.as('bob');
  const { body: page } = await bob<{ items: Record<string, unknown>[] }>(
    'GET',
    `/campaigns/${body.campaign.id}/schticks?limit=1000`,
  );
  expect(page.items).toHaveLength(20);
  expect(new Set(page.items.map(({ createdAt }) => createdAt))).toEqual(new Set([body.campaign['activatedAt']]));
});

test('the same Idempotency-Key gets the same member, and only one', async () => {
  await full(3);
  const key = crypto.randomUUID();
  const first = await create('cyd', 'Once', key);
  const again = await create('cyd', 'Once', key);
  expect(first.body.source).toBe('pool');
  expect(again.body).toEqual(first.body);
});

test('more people than members: each member goes to one of them, the others are seeded cold, nobody meets an error', async () => {
  await full(3);
  await admin('POST', '/pools/master/pause');
  const made = await Promise.all(Array.from({ length: 12 }, (_, index) => create(`crowd-${index}`, `Crowd ${index}`)));
  await admin('POST', '/pools/master/resume');
  expect(made.map(({ status }) => status)).toEqual(made.map(() => 201));
  expect(made.filter(({ body }) => body.source === 'pool')).toHaveLength(3);
  expect(made.filter(({ body }) => body.source === 'cold' && body.job)).toHaveLength(9);
  expect(new Set(made.map(({ body }) => body.campaign.id)).size).toBe(12);
  for (const { body } of made)
    await until(async () => (await admin<Campaign>('GET', `/campaigns/${body.campaign.id}`)).body.status === 'ready', {
      withinMs: 60_000,
      message: `${body.source} campaign is ready`,
    });
  await full(3);
}, 120_000);

test('a member of an older template is never given away, and is replaced', async () => {
  await full(3);
  const { body: draft } = await admin<{ id: string; version: number }>('POST', '/templates', {
    body: { profile: 'tiny' },
  });
  await admin('POST', `/templates/${draft.id}/publish`);
  const made = await Promise.all(Array.from({ length: 4 }, (_, index) => create('dan', `After ${index}`)));
  for (const { body } of made)
    await until(
      async () => {
        const { status, templateVersion } = (await admin<Campaign>('GET', `/campaigns/${body.campaign.id}`)).body;
        return status === 'ready' && templateVersion === draft.version;
      },
      { withinMs: 60_000, message: 'seeded from the new template' },
    );
  await admin('POST', '/pools/master/refill');
  await until(
    async () => {
      const { counts } = await pool();
      return counts['ready'] === 3 && counts['stale'] === 0;
    },
    { withinMs: 60_000, message: 'the pool holds the new template only' },
  );
}, 120_000);

test('PUT takes back what GET gave, and says which fields contradict each other', async () => {
  const { body } = await admin<Pool>('GET', '/pools/master');
  expect((await admin<Pool>('PUT', '/pools/master', { body: body.policy })).body.policy).toEqual(body.policy);
  expect((await admin<Pool>('PUT', '/pools/master', { body })).body.policy).toEqual(body.policy);
  const wrong = await admin<{ errors: { path: string }[] }>('PUT', '/pools/master', {
    body: { min: 9, low: 5, sice: 1 },
  });
  expect(wrong.status).toBe(422);
  const contradicting = await admin<{ errors: { path: string }[] }>('PUT', '/pools/master', {
    body: { min: 9, low: 5 },
  });
  expect(contradicting.status).toBe(422);
  expect(contradicting.body.errors.map(({ path }) => path)).toEqual(['body.min', 'body.low']);
});

test('members see no pools, viewers see them, operators act, admins decide', async () => {
  const status = async (role: 'member' | 'viewer' | 'operator', method: string, path: string, body?: object) =>
    (await (await service.as('eve', role))(method, path, body ? { body } : {})).status;
  expect(await status('member', 'GET', '/pools')).toBe(403);
  expect(await status('viewer', 'GET', '/pools')).toBe(200);
  expect(await status('viewer', 'GET', '/pools/master/members')).toBe(200);
  expect(await status('viewer', 'POST', '/pools/master/refill')).toBe(403);
  expect(await status('operator', 'POST', '/pools/master/refill')).toBe(202);
  expect(await status('operator', 'PUT', '/pools/master', { target: 3 })).toBe(403);
  expect(await status('viewer', 'GET', '/pools/lap')).toBe(404);
});

test('the metrics tell hits, misses and how long a claimed campaign is missing, and recommend a size with its reason', async () => {
  await until(
    async () => {
      const { hits, refillLagMs } = (await pool()).metrics;
      return hits > 0 && refillLagMs !== null;
    },
    { withinMs: 15_000, message: 'hits and refills are counted' },
  );
  const { body } = await admin<Record<string, unknown>>('GET', '/pools/master/metrics');
  expect(Number(body['refillLagMs'])).toBeGreaterThan(0);
  expect(body).toMatchObject({
    type: 'master',
    misses: expect.any(Number),
    claimMs: { p50: expect.any(Number) },
    recommended: { size: expect.any(Number), why: expect.stringContaining('asked for') },
    points: expect.arrayContaining([
      expect.objectContaining({
        hits: expect.any(Number),
        claimMs: expect.objectContaining({ p95: expect.any(Number) }),
      }),
    ]),
  });
});

test('/readyz shows how the pools stand, and a pool that lacks something makes nothing unready', async () => {
  await full(3);
  const readiness = () =>
    until(
      async () => {
        const answer = await fetch(`${service.url}/readyz`);
        const body = (await answer.json()) as { pools?: Record<string, unknown> };
        // On a busy machine an answer may leave them out.
        return body.pools && { status: answer.status, ...body };
      },
      { withinMs: 30_000, message: 'the pools are shown' },
    );
  const master = { status: expect.any(String), ready: 3, target: 3 };
  const user = { status: 'healthy', ready: 0, target: 0 };

  const before = await readiness();
  await admin('POST', '/pools/master/pause');
  const paused = await readiness();
  await admin('POST', '/pools/master/resume');

  expect(before).toEqual({ status: 200, ready: true, reasons: [], pools: { master, user } });
  expect(paused).toMatchObject({ status: 200, pools: { master: { ...master, status: 'paused' } } });
});

test('a drained pool is paused and empty', async () => {
  await full(3);
  const { status } = await admin('POST', '/pools/master/drain');
  expect(status).toBe(202);
  await until(
    async () => {
      const { counts, status: how } = await pool();
      return how === 'paused' && counts['ready'] === 0 && counts['expired'] === 0;
    },
    { withinMs: 30_000, message: 'nothing is left' },
  );
  expect((await create('fay', 'Cold')).body.source).toBe('cold');
});
