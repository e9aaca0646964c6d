import { randomUUID } from 'node:crypto';
import { v7 } from 'uuid';
import { entityKinds } from '../domain/template.ts';
import { storeForTests, type TestStore } from '../store/store-for-tests.ts';
import { CopyIncomplete, runSeeding, TemplateMissing } from './run-seeding.ts';

const fullTotals = {
  schticks: 643,
  weapons: 86,
  characters: 40,
  factions: 12,
  junctures: 7,
  prerequisites: 130,
  characterSchticks: 157,
  imageReferences: 788,
};

describe('seeding a campaign', () => {
  let full: TestStore;
  beforeAll(async () => {
    full = await storeForTests({ profile: 'full' });
  });

  test('makes a full, verified copy visible within 20 database round trips', async () => {
    const { store, database } = full;
    const campaignId = await full.newCampaign();
    const commands: string[] = [];
    database.getClient().on('commandStarted', ({ commandName }) => commands.push(commandName));

    const seeding = await runSeeding(store, commandFor(campaignId));
    const roundTrips = commands.length;

    const campaign = await store.campaigns.find(campaignId);
    const { prerequisites: _p, characterSchticks: _c, imageReferences: _i, ...counts } = fullTotals;
    expect(roundTrips).toBeLessThanOrEqual(20);
    expect(campaign).toMatchObject({ status: 'ready', templateVersion: 1, counts, seedingRun: { state: 'published' } });
    expect(seeding?.announcement).toEqual(campaign?.announcement);
    expect(await store.rows.read(campaignId, String(campaign?.seedingId))).toMatchObject(fullTotals);
  });

  test('copies every row with its fields, its picture and its own ids', async () => {
    const { store, database } = full;
    const campaignId = await full.newCampaign();
    await runSeeding(store, commandFor(campaignId));

    const rows = await database.collection('schticks').find({ campaignId }).toArray();
    const byId = new Map(rows.map((row) => [row._id as unknown as string, row]));

    expect(rows.every((row) => row['name'] && row['description'] && row['imageUrl'] && row['isActive'])).toBe(true);
    expect(rows.filter(({ prerequisiteId }) => prerequisiteId !== null)).toHaveLength(130);
    for (const row of rows.filter(({ prerequisiteId }) => prerequisiteId !== null)) {
      expect(byId.get(row['prerequisiteId'])).toMatchObject({ category: row['category'], path: row['path'] });
    }
  });

  test('twice by the same root leaves one copy and repeats the same announcement', async () => {
    const { store, database } = full;
    const campaignId = await full.newCampaign();
    const command = commandFor(campaignId);

    const first = await runSeeding(store, command);
    const second = await runSeeding(store, command);

    expect(second).toEqual(first);
    expect(await database.collection('schticks').countDocuments({ campaignId })).toBe(643);
  });

  test('of a campaign that another seeding made ready adds nothing and tells nobody', async () => {
    const { store, database } = full;
    const campaignId = await full.newCampaign();
    await runSeeding(store, commandFor(campaignId));

    const other = await runSeeding(store, commandFor(campaignId));

    expect(other?.announcement).toBeNull();
    expect(await database.collection('schticks').countDocuments({ campaignId })).toBe(643);
  });

  test('of a campaign that does not exist gives null', async () => {
    expect(await runSeeding(full.store, commandFor(randomUUID()))).toBeNull();
  });

  test('shares files by reference and adds none', async () => {
    const { store, database } = full;
    const campaignId = await full.newCampaign();
    const before = await database.collection('assets').countDocuments();

    await runSeeding(store, commandFor(campaignId));

    const references = await database.collection('asset_refs').find({ campaignId }).toArray();
    expect(await database.collection('assets').countDocuments()).toBe(before);
    expect(references).toHaveLength(788);
    expect(new Set(references.map(({ assetId }) => assetId)).size).toBe(105);
  });

  test('reports every stage in order', async () => {
    const stages: (string | undefined)[] = [];
    const progress = (_fraction: number, stage?: string) => stages.push(stage);

    await runSeeding(full.store, commandFor(await full.newCampaign()), { progress });

    expect(stages).toEqual([
      'schticks',
      'weapons',
      'characters',
      'factions',
      'junctures',
      'prerequisites',
      'images',
      'verify',
    ]);
  });

  test('that was told to stop leaves the campaign unseeded', async () => {
    const campaignId = await full.newCampaign();
    const stopping = new AbortController();
    const progress = () => stopping.abort(new Error('shutdown'));

    const seeding = runSeeding(full.store, commandFor(campaignId), { progress, signal: stopping.signal });

    await expect(seeding).rejects.toThrow('shutdown');
    expect(await full.store.campaigns.find(campaignId)).toMatchObject({ status: 'seeding', seedingId: null });
  });
});

describe('seeding row by row', () => {
  test('gives the same rows as seeding in batches', async () => {
    const { store, database, newCampaign } = await storeForTests({ profile: 'tiny' });
    const [batch, single] = [await newCampaign(), await newCampaign()];

    await runSeeding(store, commandFor(batch));
    await runSeeding(store, { ...commandFor(single), mode: 'single' });

    for (const kind of entityKinds) {
      const rowsOf = async (campaignId: string) => {
        const rows = await database.collection(kind).find({ campaignId }).sort({ sourceId: 1 }).toArray();
        return rows.map(({ sourceId, name, category, imageUrl, schtickIds }) => [
          sourceId,
          name,
          category,
          imageUrl,
          schtickIds?.length,
        ]);
      };
      expect(await rowsOf(single)).toEqual(await rowsOf(batch));
    }
    const announcement = (await store.campaigns.find(single))?.announcement;
    expect(announcement?.counts).toEqual((await store.campaigns.find(batch))?.announcement?.counts);
  });
});

describe('a copy that differs from its template', () => {
  test('is not published when a row is missing', async () => {
    const { store, newCampaign } = await storeForTests({ profile: 'tiny' });
    const campaignId = await newCampaign();
    const insert: typeof store.rows.insert = (kind, rows) =>
      store.rows.insert(kind, kind === 'weapons' ? rows.slice(1) : rows);

    const seeding = runSeeding({ ...store, rows: { ...store.rows, insert } }, commandFor(campaignId));

    await expect(seeding).rejects.toThrow(CopyIncomplete);
    await expect(seeding).rejects.toThrow(/weapons: 3 instead of 4/);
    expect((await store.campaigns.find(campaignId))?.seedingId).toBeNull();
  });

  test('is not published when its prerequisite graph is another', async () => {
    const { store, newCampaign } = await storeForTests({ profile: 'tiny' });
    const connect: typeof store.rows.connect = (links, seedingId) => {
      const [first, second, ...others] = links;
      const crossed = first && second ? [{ ...first, prerequisiteId: second.id }, second, ...others] : links;
      return store.rows.connect(crossed, seedingId);
    };

    const seeding = runSeeding({ ...store, rows: { ...store.rows, connect } }, commandFor(await newCampaign()));

    await expect(seeding).rejects.toThrow(/graph: [0-9a-f]{64} instead of [0-9a-f]{64}$/);
  });

  test('cannot come from a template that is not there', async () => {
    const { store, newCampaign } = await storeForTests();

    await expect(runSeeding(store, commandFor(await newCampaign()))).rejects.toThrow(TemplateMissing);
  });
});

const commandFor = (campaignId: string) => ({
  campaignId,
  requestedBy: 'ann',
  mode: 'batch' as const,
  rootId: v7(),
  jobId: v7(),
});
