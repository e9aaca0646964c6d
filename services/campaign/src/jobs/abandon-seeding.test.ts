import type { JobDefinition, Outcome, Run } from '@millrace/jobs';
import { v7 } from 'uuid';
import { entityKinds } from '../domain/template.ts';
import { storeForTests, type TestStore } from '../store/store-for-tests.ts';
import { abandonSeedingJob } from './abandon-seeding.ts';
import { runSeeding } from './run-seeding.ts';

let tiny: TestStore;
beforeAll(async () => {
  tiny = await storeForTests({ profile: 'tiny' });
});

const reason = { code: 'copy-incomplete', message: 'a row was missing' };

test('a failed seeding leaves no row, and the campaign says why it failed', async () => {
  const command = await halfSeeded();

  const outcome = await abandon(command);

  expect(outcome).toMatchObject({ kind: 'done' });
  expect(await rowCounts(command.campaignId)).toEqual([0, 0, 0, 0, 0, 0]);
  expect(await tiny.store.campaigns.find(command.campaignId)).toMatchObject({
    status: 'failed',
    failure: reason,
    seedingId: null,
    cleanedUpAt: expect.any(Date),
  });
});

test('abandoning twice changes nothing more', async () => {
  const command = await halfSeeded();
  await abandon(command);
  const before = await tiny.store.campaigns.find(command.campaignId);

  await abandon(command);

  expect(await tiny.store.campaigns.find(command.campaignId)).toEqual(before);
});

test('a campaign that never began to be seeded is marked as failed', async () => {
  const campaignId = await tiny.newCampaign();
  const jobId = v7();
  await tiny.store.campaigns.seedingEnqueued(campaignId, jobId);

  await abandon({ campaignId, rootId: jobId, jobId });

  expect(await tiny.store.campaigns.find(campaignId)).toMatchObject({
    status: 'failed',
    cleanedUpAt: expect.any(Date),
  });
});

test('a campaign that became ready keeps everything', async () => {
  const command = { ...(await halfSeeded()), requestedBy: null, mode: 'batch' as const };
  await runSeeding(tiny.store, command);

  await abandon(command);

  expect(await tiny.store.campaigns.find(command.campaignId)).toMatchObject({ status: 'ready', failure: null });
  expect(await rowCounts(command.campaignId)).toEqual([20, 4, 3, 2, 2, 31]);
});

test('a campaign that its own seeding made ready before it was given up is told as ready', async () => {
  const command = { ...(await halfSeeded()), requestedBy: null, mode: 'batch' as const };
  const seeding = await runSeeding(tiny.store, command);

  const outcome = await abandon(command);

  expect(outcome).toMatchObject({ events: [{ type: 'campaign.seeded', data: seeding?.announcement }] });
});

test('a campaign that another seeding made ready is not told again', async () => {
  const failed = await halfSeeded();
  await runSeeding(tiny.store, { ...failed, requestedBy: null, mode: 'batch', rootId: v7(), jobId: v7() });

  const outcome = await abandon(failed);

  expect(outcome).toMatchObject({ kind: 'done', events: [] });
});

test('a job that runs again is left alone', async () => {
  const command = await halfSeeded();

  const outcome = await abandon(command, { isUnfinished: true });

  expect(outcome).toMatchObject({ kind: 'discard' });
  expect(await tiny.store.campaigns.find(command.campaignId)).toMatchObject({ status: 'seeding' });
});

test('a campaign that a later job is seeding is left to it, and only the failed copy is removed', async () => {
  const failed = await halfSeeded();
  const later = { campaignId: failed.campaignId, requestedBy: null, mode: 'batch' as const, rootId: v7(), jobId: v7() };
  await expect(dying(later)).rejects.toThrow('died');

  await abandon(failed);
  expect(await tiny.store.campaigns.find(failed.campaignId)).toMatchObject({
    status: 'seeding',
    seedingRun: { rootId: later.rootId },
  });
  await runSeeding(tiny.store, later);

  expect(await rowCounts(failed.campaignId)).toEqual([20, 4, 3, 2, 2, 31]);
});

test('the same job tried again after its copy was removed ends in one full copy', async () => {
  const command = { ...(await halfSeeded()), requestedBy: null, mode: 'batch' as const };
  await abandon(command);

  await runSeeding(tiny.store, command);

  expect(await tiny.store.campaigns.find(command.campaignId)).toMatchObject({
    status: 'ready',
    failure: null,
    cleanedUpAt: null,
  });
  expect(await rowCounts(command.campaignId)).toEqual([20, 4, 3, 2, 2, 31]);
});

type Failed = { readonly campaignId: string; readonly rootId: string; readonly jobId: string };

async function halfSeeded(): Promise<Failed> {
  const command = {
    campaignId: await tiny.newCampaign(),
    requestedBy: null,
    mode: 'batch' as const,
    rootId: v7(),
    jobId: v7(),
  };
  await expect(dying(command)).rejects.toThrow('died');
  return command;
}

/** Ends after half of the rows are written. */
function dying(command: Parameters<typeof runSeeding>[1]) {
  const insert: typeof tiny.store.rows.insert = async (kind, rows) => {
    await tiny.store.rows.insert(kind, rows);
    if (kind === 'characters') throw new Error('died');
  };
  return runSeeding({ ...tiny.store, rows: { ...tiny.store.rows, insert } }, command);
}

function abandon({ campaignId, rootId, jobId }: Failed, { isUnfinished = false } = {}): Promise<Outcome> {
  const job = abandonSeedingJob({ ...tiny.store, isUnfinished: async () => isUnfinished });
  return runOnce(job, { campaignId, seedingId: rootId, jobId, reason });
}

const runOnce = <Payload>(job: JobDefinition<Payload>, payload: Payload): Promise<Outcome> =>
  job.run({ payload, signal: new AbortController().signal } as Run<Payload>);

const rowCounts = (campaignId: string) =>
  Promise.all(
    [...entityKinds, 'asset_refs'].map((name) => tiny.database.collection(name).countDocuments({ campaignId })),
  );
