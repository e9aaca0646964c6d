import { randomUUID } from 'node:crypto';
import { until } from '@millrace/testkit';
import { type Answer, type Json, serviceForTests, type TestService } from '../service-for-tests.ts';

type Call = Awaited<ReturnType<TestService['as']>>;
type Created = { campaign: { id: string; status: string }; source: string; job: { id: string; state: string } };

let service: TestService;
let ann: Call;
let bob: Call;
beforeAll(async () => {
  service = await serviceForTests();
  [ann, bob] = [await service.as('ann'), await service.as('bob')];
  await until(async () => (await fetch(`${service.url}/readyz`)).ok, { withinMs: 30_000 });
  await until(async () => ((await ann<{ items: Json[] }>('GET', '/templates')).body.items ?? []).length > 0, {
    withinMs: 30_000,
  });
});

describe('creating a campaign', () => {
  test('answers 201 at once with the campaign, its source and the job that seeds it', async () => {
    const { status, headers, body } = await ann<Created>('POST', '/campaigns', { body: { name: 'Hollow Lantern' } });

    expect(status).toBe(201);
    expect(headers.get('location')).toBe(`/campaigns/${body.campaign.id}`);
    expect(body).toMatchObject({
      source: 'cold',
      campaign: { name: 'Hollow Lantern', ownerId: 'ann', isPool: false },
      job: { name: 'campaign.seed' },
    });
  });

  test('ends in a ready campaign with all its entities', async () => {
    const campaign = await readyCampaign(ann);

    expect(campaign).toMatchObject({
      status: 'ready',
      stage: null,
      counts: { schticks: 20, weapons: 4, characters: 3, factions: 2, junctures: 2 },
      templateVersion: 1,
      failure: null,
      cleanedUpAt: null,
    });
  });

  test('twice with the same Idempotency-Key makes one campaign and one job', async () => {
    const sending = { body: { name: 'Twice' }, headers: { 'Idempotency-Key': randomUUID() } };

    const first = await ann<Created>('POST', '/campaigns', sending);
    const second = await ann<Created>('POST', '/campaigns', sending);

    expect(second.body.campaign.id).toBe(first.body.campaign.id);
    expect(second.body.job.id).toBe(first.body.job.id);
    expect(second.headers.get('idempotency-replayed')).toBe('true');
  });

  test.each([
    ['no name', {}],
    ['an empty name', { name: '   ' }],
    ['a number as name', { name: 7 }],
    ['an endless name', { name: 'x'.repeat(201) }],
    ['a list', []],
  ])('with %s is refused with 422', async (_what, body) => {
    const answer = await ann('POST', '/campaigns', { body });

    expect([answer.status, answer.body['code']]).toEqual([422, 'validation-failed']);
  });

  test('is not open to viewers', async () => {
    const viewer = await service.as('vic', 'viewer');

    expect((await viewer('POST', '/campaigns', { body: { name: 'No' } })).status).toBe(403);
  });
});

describe('seeding', () => {
  test('of a campaign that is ready or being seeded answers with the job that did or does it', async () => {
    const { body } = await ann<Created>('POST', '/campaigns', { body: { name: 'Once' } });
    const path = `/campaigns/${body.campaign.id}/seed`;

    const during = await ann<{ job: { id: string } }>('POST', path);
    await until(async () => (await ann('GET', `/campaigns/${body.campaign.id}`)).body['status'] === 'ready', {
      withinMs: 20_000,
    });
    const after = await ann<{ job: { id: string } }>('POST', path, { body: {} });

    expect([during.status, after.status]).toEqual([202, 202]);
    expect([during.body.job.id, after.body.job.id]).toEqual([body.job.id, body.job.id]);
    expect(after.headers.get('location')).toBe(`/jobs/${body.job.id}`);
    expect(await service.database.collection('schticks').countDocuments({ campaignId: body.campaign.id })).toBe(20);
  });

  test('of a missing campaign by command fails for good after one attempt', async () => {
    const operator = await service.as('oli', 'operator');
    const command = { name: 'campaign.seed', payload: { campaignId: randomUUID() } };

    const { body } = await operator<{ job: { id: string } }>('POST', '/jobs', { body: command });
    const job = await operator<{ state: string; attempt: number; errors: Json[] }>(
      'GET',
      `/jobs/${body.job.id}?wait=20`,
    );

    expect(job.body).toMatchObject({ state: 'failed', attempt: 1, errors: [{ code: 'campaign-missing' }] });
  });

  test('that was never commanded because its creator died is commanded by the sweep', async () => {
    const id = randomUUID();
    const { newCampaign } = await import('../domain/campaign.ts');
    const orphan = newCampaign(
      { _id: id, name: 'Orphan', description: '', ownerId: 'ann', seedJobId: null },
      new Date(Date.now() - 60_000),
    );
    await service.database.collection('campaigns').insertOne(orphan as never);

    await until(async () => (await ann('GET', `/campaigns/${id}`)).body['status'] === 'ready', { withinMs: 40_000 });

    expect((await ann('GET', `/campaigns/${id}`)).body['counts']).toMatchObject({ schticks: 20 });
  });
});

describe('campaigns of others', () => {
  test('are not there for members, and are there for viewers', async () => {
    const { id } = await readyCampaign(ann);
    const viewer = await service.as('vic', 'viewer');

    const theirs = await bob('GET', `/campaigns/${id}`);
    expect([theirs.status, theirs.body['code']]).toEqual([404, 'campaign-not-found']);
    expect((await bob('GET', `/campaigns/${id}/schticks`)).status).toBe(404);
    expect((await bob('POST', `/campaigns/${id}/seed`)).status).toBe(404);
    expect((await viewer('GET', `/campaigns/${id}`)).status).toBe(200);
    expect((await viewer('POST', `/campaigns/${id}/seed`)).status).toBe(403);
  });

  test('are not listed, and one’s own are listed in pages, newest first', async () => {
    const cal = await service.as('cal');
    const ids: string[] = [];
    for (const name of ['one', 'two', 'three'])
      ids.unshift((await cal<Created>('POST', '/campaigns', { body: { name } })).body.campaign.id);

    const first = await cal<{ items: { id: string }[]; nextCursor: string }>('GET', '/campaigns?limit=2');
    const second = await cal<{ items: { id: string }[]; nextCursor: string | null }>(
      'GET',
      `/campaigns?limit=2&cursor=${first.body.nextCursor}`,
    );

    expect([...first.body.items, ...second.body.items].map(({ id }) => id)).toEqual(ids);
    expect(second.body.nextCursor).toBeNull();
  });
});

test.each(['/campaigns/nonsense', `/campaigns/${randomUUID()}`, `/campaigns/${randomUUID()}/schticks`])(
  '%s is 404',
  async (path) => {
    expect((await ann('GET', path)).status).toBe(404);
  },
);

describe('the campaign feed', () => {
  test('shows a snapshot first and then each change, only of one’s own campaigns', async () => {
    const dot = await service.as('dot');
    const before = (await dot<Created>('POST', '/campaigns', { body: { name: 'Before' } })).body.campaign.id;
    const reading = new AbortController();
    const response = await fetch(`${service.url}/events`, {
      headers: { Authorization: `Bearer ${await service.tokenOf('dot')}` },
      signal: reading.signal,
    });
    const seen: { id: string; status: string; ownerId: string }[] = [];
    const pump = collect(response, seen);

    await until(() => seen.some(({ id }) => id === before));
    const after = (await dot<Created>('POST', '/campaigns', { body: { name: 'After' } })).body.campaign.id;
    await until(() => seen.some(({ id, status }) => id === after && status === 'ready'), { withinMs: 20_000 });
    reading.abort();
    await pump;

    expect(new Set(seen.map(({ ownerId }) => ownerId))).toEqual(new Set(['dot']));
  });
});

async function readyCampaign(call: Call): Promise<Json & { id: string }> {
  const { body } = await call<Created>('POST', '/campaigns', { body: { name: 'Ready' } });
  const found = await until(
    async () => {
      const answer: Answer = await call('GET', `/campaigns/${body.campaign.id}`);
      return answer.body['status'] === 'ready' && answer.body;
    },
    { withinMs: 20_000 },
  );
  return found as Json & { id: string };
}

async function collect(response: Response, seen: unknown[]): Promise<void> {
  let rest = '';
  try {
    for await (const part of response.body ?? []) {
      const lines = (rest + Buffer.from(part).toString('utf8')).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (line.startsWith('data: ')) seen.push(JSON.parse(line.slice(6)));
    }
  } catch {
    // Ended by the test.
  }
}
