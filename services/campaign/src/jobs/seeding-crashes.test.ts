import { until } from '@millrace/testkit';
import { v7 } from 'uuid';
import { entityKinds } from '../domain/template.ts';
import type { CampaignStore } from '../store/campaign-store.ts';
import { SeedingSuperseded } from '../store/seedings.ts';
import { storeForTests, type TestStore } from '../store/store-for-tests.ts';
import { runSeeding, type Seeding } from './run-seeding.ts';

/** Every place where a run waits for the database; a process may die at each of them, before or after the effect. */
const awaits = ['begin', 'insert', 'connect', 'refer', 'enter', 'read', 'publish'] as const;
type Await = (typeof awaits)[number];

let tiny: TestStore;
beforeAll(async () => {
  tiny = await storeForTests({ profile: 'tiny' });
});

describe.each(awaits)('a run that dies at %s', (place) => {
  test.each(['before', 'after'] as const)(
    '%s the effect is completed by its rerun with exactly one copy',
    async (moment) => {
      const campaignId = await tiny.newCampaign();
      const command = commandFor(campaignId);

      await expect(runSeeding(dyingAt(tiny.store, place, moment), command)).rejects.toThrow('died');
      const rerun = await runSeeding(tiny.store, command);

      const campaign = await tiny.store.campaigns.find(campaignId);
      expect(campaign).toMatchObject({ status: 'ready', seedingId: command.rootId });
      expect(rerun?.announcement).toEqual(campaign?.announcement);
      expect(await rowCounts(campaignId)).toEqual([20, 4, 3, 2, 2, 31]);
    },
  );
});

describe('a run that was only thought dead', () => {
  test('cannot publish once another run of the same root has begun, and its rows are the same', async () => {
    const campaignId = await tiny.newCampaign();
    const command = commandFor(campaignId);
    const paused = Promise.withResolvers<void>();
    const zombie = runSeeding(waitingAt(tiny.store, 'enter', paused.promise), command);
    zombie.catch(() => undefined);
    await expectStatus(campaignId, 'seeding');

    const successor = await runSeeding(tiny.store, command);
    paused.resolve();

    await expect(zombie).rejects.toThrow(SeedingSuperseded);
    expect(successor?.announcement).toEqual((await tiny.store.campaigns.find(campaignId))?.announcement);
    expect(await rowCounts(campaignId)).toEqual([20, 4, 3, 2, 2, 31]);
  });

  test('writes into the void once another root has taken the campaign, and removes that itself', async () => {
    const campaignId = await tiny.newCampaign();
    const paused = Promise.withResolvers<void>();
    const zombie = runSeeding(waitingAt(tiny.store, 'insert', paused.promise), commandFor(campaignId));
    zombie.catch(() => undefined);
    await expectStatus(campaignId, 'seeding');
    const other = commandFor(campaignId);

    await runSeeding(tiny.store, other);
    paused.resolve();

    await expect(zombie).rejects.toThrow(SeedingSuperseded);
    expect(await tiny.store.campaigns.find(campaignId)).toMatchObject({
      status: 'ready',
      seedingId: other.rootId,
      uncleanSeedingIds: [],
    });
    expect(await rowCounts(campaignId)).toEqual([20, 4, 3, 2, 2, 31]);
  });

  test('does not undo what somebody has changed in the ready campaign', async () => {
    const campaignId = await tiny.newCampaign();
    const command = commandFor(campaignId);
    const paused = Promise.withResolvers<void>();
    const zombie = runSeeding(waitingAt(tiny.store, 'connect', paused.promise), command);
    zombie.catch(() => undefined);
    await expectStatus(campaignId, 'seeding');
    await runSeeding(tiny.store, command);
    const schticks = tiny.database.collection<{ _id: string }>('schticks');
    const changed = await schticks.findOneAndUpdate(
      { campaignId, prerequisiteId: { $ne: null } } as never,
      { $set: { prerequisiteId: null }, $inc: { revision: 1 } } as never,
    );

    paused.resolve();
    await expect(zombie).rejects.toThrow(SeedingSuperseded);

    expect(await schticks.findOne({ _id: String(changed?._id) })).toMatchObject({ prerequisiteId: null, revision: 2 });
  });
});

describe('two runs of the same root at once', () => {
  test('leave one copy, and at most one of them publishes', async () => {
    const campaignId = await tiny.newCampaign();
    const command = commandFor(campaignId);

    const runs = await Promise.allSettled([1, 2, 3].map(() => runSeeding(tiny.store, command)));

    const told = runs.flatMap((run) => (run.status === 'fulfilled' ? [run.value as Seeding] : []));
    const campaign = await tiny.store.campaigns.find(campaignId);
    if (campaign?.status !== 'ready') await runSeeding(tiny.store, command);
    expect(new Set(told.map(({ announcement }) => JSON.stringify(announcement))).size).toBeLessThanOrEqual(1);
    expect(await rowCounts(campaignId)).toEqual([20, 4, 3, 2, 2, 31]);
  });
});

const commandFor = (campaignId: string) => ({
  campaignId,
  requestedBy: 'ann',
  mode: 'batch' as const,
  rootId: v7(),
  jobId: v7(),
});

const rowCounts = (campaignId: string) =>
  Promise.all(
    [...entityKinds, 'asset_refs'].map((name) => tiny.database.collection(name).countDocuments({ campaignId })),
  );

const expectStatus = (campaignId: string, status: string) =>
  until(async () => (await tiny.store.campaigns.find(campaignId))?.status === status);

function dyingAt(store: CampaignStore, place: Await, moment: 'before' | 'after'): CampaignStore {
  return withStep(store, place, async (step) => {
    if (moment === 'after') await step();
    throw new Error('died');
  });
}

const waitingAt = (store: CampaignStore, place: Await, ready: Promise<void>): CampaignStore =>
  withStep(store, place, async (step) => {
    await ready;
    return step();
  });

type Step = () => Promise<unknown>;

/** The real store, with one of its steps put into other hands. */
function withStep(store: CampaignStore, place: Await, around: (step: Step) => Promise<unknown>): CampaignStore {
  const wrapped = <Part extends object>(part: Part): Part =>
    Object.fromEntries(
      Object.entries(part).map(([name, step]) =>
        name === place ? [name, (...given: unknown[]) => around(() => step(...given))] : [name, step],
      ),
    ) as Part;
  return { ...store, seedings: wrapped(store.seedings), rows: wrapped(store.rows) };
}
