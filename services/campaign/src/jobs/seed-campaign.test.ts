import { randomUUID } from 'node:crypto';
import { loneRun } from '@millrace/jobs/testing';
import { until } from '@millrace/testkit';
import { v7 } from 'uuid';
import { type Json, serviceForTests, type TestService } from '../service-for-tests.ts';
import { storeForTests } from '../store/store-for-tests.ts';
import { seedCampaignJob } from './seed-campaign.ts';

type Line = { level: string; message: string; fields: Record<string, unknown> };

function logInto(lines: Line[]) {
  const at = (level: string) => (fields: object, message: string) =>
    void lines.push({ level, message, fields: { ...fields } });
  return { info: at('info'), warn: at('warn'), error: at('error') };
}

const runOf = (campaignId: string) =>
  loneRun({ campaignId, requestedBy: 'ann', mode: 'batch' as const }, { rootId: v7() });

describe('the job campaign.seed', () => {
  test('logs its start and its success, and ends with the announcement', async () => {
    const { store, newCampaign } = await storeForTests({ profile: 'tiny' });
    const lines: Line[] = [];

    const outcome = await seedCampaignJob({ store, log: logInto(lines) }).run(runOf(await newCampaign()));

    expect(outcome).toMatchObject({
      kind: 'done',
      events: [{ type: 'campaign.seeded', data: { requestedBy: 'ann', counts: { schticks: 20 } } }],
    });
    expect(lines.map(({ level, message }) => [level, message])).toEqual([
      ['info', 'seeding started'],
      ['info', 'seeding succeeded'],
    ]);
  });

  test('logs a missing campaign and fails for good', async () => {
    const { store } = await storeForTests({ profile: 'tiny' });
    const lines: Line[] = [];

    const outcome = await seedCampaignJob({ store, log: logInto(lines) }).run(runOf(randomUUID()));

    expect(outcome).toMatchObject({ kind: 'fail', failure: { code: 'campaign-missing', remedy: expect.any(String) } });
    expect(lines.at(-1)).toMatchObject({ level: 'error', message: 'campaign to seed does not exist' });
  });

  test('logs a failing attempt and throws, so that its policy decides', async () => {
    const { store, newCampaign } = await storeForTests({ profile: 'tiny' });
    const lines: Line[] = [];
    const insert = () => Promise.reject(new Error('the database is away'));
    const failing = { ...store, rows: { ...store.rows, insert } };

    const run = seedCampaignJob({ store: failing, log: logInto(lines) }).run(runOf(await newCampaign()));

    await expect(run).rejects.toThrow('the database is away');
    expect(lines.at(-1)).toMatchObject({ level: 'error', message: 'seeding failed', fields: { attempt: 1 } });
  });

  test('cannot begin without a template, and says what to do', async () => {
    const { store, newCampaign } = await storeForTests();

    const outcome = await seedCampaignJob({ store, log: logInto([]) }).run(runOf(await newCampaign()));

    expect(outcome).toMatchObject({
      kind: 'fail',
      failure: { code: 'template-missing', remedy: expect.stringContaining('publish') },
    });
  });

  test('has cleanup and notice follow its final failure, cleanup alone a cancel, and nothing its success', async () => {
    const { store } = await storeForTests();
    const { jobId, rootId, payload } = runOf(randomUUID());
    const failure = { code: 'copy-incomplete', message: 'a row is missing' };
    const { onEnd, contract } = seedCampaignJob({ store, log: logInto([]) });
    const job = { jobId, rootId, attempt: 3, payload };
    const cleanup = {
      name: 'campaign.abandon-seeding',
      payload: { campaignId: payload.campaignId, seedingId: rootId, jobId },
    };

    expect(onEnd(job, { state: 'failed', failure })).toMatchObject({
      jobs: [{ ...cleanup, payload: { ...cleanup.payload, reason: failure } }],
      events: [
        {
          type: 'campaign.seeding-failed',
          data: { campaignId: payload.campaignId, requestedBy: 'ann', error: failure },
        },
      ],
    });
    expect(onEnd(job, { state: 'cancelled', why: 'no longer wanted' })).toMatchObject({ jobs: [cleanup] });
    expect(onEnd(job, { state: 'completed', result: {} })).toEqual({});
    expect(contract.maxAttempts).toBe(3);
  });
});

describe('a seeding that fails to the end', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await serviceForTests();
    await until(async () => (await fetch(`${service.url}/readyz`)).ok, { withinMs: 30_000 });
  });

  test('leaves nothing of the campaign, and seeding it again makes it ready by a new job', async () => {
    const ann = await service.as('ann');
    await until(async () => ((await ann<{ items: Json[] }>('GET', '/templates')).body.items ?? []).length > 0, {
      withinMs: 30_000,
    });
    const chunks = service.database.collection('template_chunks');
    const weapons = await chunks.findOne({ kind: 'weapons' });
    await chunks.deleteOne({ kind: 'weapons' });

    const created = await ann<{ campaign: { id: string }; job: { id: string } }>('POST', '/campaigns', {
      body: { name: 'Unlucky' },
    });
    const { id } = created.body.campaign;
    const failed = await until(
      async () => {
        const { body } = await ann('GET', `/campaigns/${id}`);
        return body['cleanedUpAt'] ? body : null;
      },
      { withinMs: 40_000 },
    );
    expect(failed).toMatchObject({
      status: 'failed',
      failure: { message: expect.stringContaining('weapons: 0 instead of 4') },
    });
    expect((await ann('GET', `/jobs/${created.body.job.id}`)).body).toMatchObject({ state: 'failed', attempt: 3 });
    for (const name of ['schticks', 'characters', 'asset_refs']) {
      expect(await service.database.collection(name).countDocuments({ campaignId: id })).toBe(0);
    }

    await chunks.insertOne(weapons as never);
    const again = await ann<{ job: { id: string } }>('POST', `/campaigns/${id}/seed`);
    await until(async () => (await ann('GET', `/campaigns/${id}`)).body['status'] === 'ready', { withinMs: 20_000 });

    expect(again.body.job.id).not.toBe(created.body.job.id);
    expect(await service.database.collection('schticks').countDocuments({ campaignId: id })).toBe(20);
  });
});
