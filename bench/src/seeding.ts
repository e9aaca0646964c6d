import mongoose from 'mongoose';
import type { ProfileName } from '../../services/campaign/src/domain/template-shape.ts';
import { runSeeding } from '../../services/campaign/src/jobs/run-seeding.ts';
import { createCampaignStore } from '../../services/campaign/src/store/campaign-store.ts';
import type { Lab } from './lab.ts';
import { median } from './statistics.ts';

type Mode = 'batch' | 'single';
export type SeedingTime = {
  profile: ProfileName;
  mode: Mode;
  rows: number;
  ms: number;
  roundTrips: number;
  msPerRow: number;
};

/** Seeds fresh campaigns without the job runtime, batch and row by row alternating. Medians over the rounds. */
export async function measureSeeding(
  lab: Lab,
  { profile, modes, rounds }: { profile: ProfileName; modes: readonly Mode[]; rounds: number },
): Promise<SeedingTime[]> {
  const dbName = `bench_seeding_${profile}`;
  const database = await mongoose.createConnection(lab.mongodbUri, { dbName, monitorCommands: true }).asPromise();
  const store = createCampaignStore(database, { urlEndpoint: 'https://images.example/bench' });
  try {
    await Promise.all(Object.values(database.models).map((model) => model.createIndexes()));
    await store.templates.ensureFirst(profile);
    const times = new Map<Mode, { ms: number; roundTrips: number; rows: number }[]>(modes.map((mode) => [mode, []]));
    for (let round = 0; round < rounds; round++) {
      for (const mode of modes) times.get(mode)?.push(await seedOnce(database, store, mode));
    }
    return modes.map((mode) => summary(profile, mode, times.get(mode) ?? []));
  } finally {
    await database.dropDatabase();
    await database.close();
  }
}

async function seedOnce(database: mongoose.Connection, store: ReturnType<typeof createCampaignStore>, mode: Mode) {
  const jobId = crypto.randomUUID();
  const campaignId = crypto.randomUUID();
  await store.campaigns.create({ _id: campaignId, name: 'Bench', description: '', ownerId: 'bench', seedJobId: jobId });
  let roundTrips = 0;
  const count = () => roundTrips++;
  database.getClient().on('commandStarted', count);
  const begin = performance.now();
  const seeding = await runSeeding(store, { campaignId, requestedBy: null, mode, rootId: jobId, jobId });
  const ms = performance.now() - begin;
  database.getClient().off('commandStarted', count);
  const counts = seeding?.announcement?.counts;
  if (!counts) throw new Error(`campaign ${campaignId} was not seeded`);
  return { ms, roundTrips, rows: Object.values(counts).reduce((sum, rows) => sum + rows, 0) };
}

function summary(
  profile: ProfileName,
  mode: Mode,
  runs: readonly { ms: number; roundTrips: number; rows: number }[],
): SeedingTime {
  const ms = median(runs.map((run) => run.ms));
  const { roundTrips, rows } = runs[0] ?? { roundTrips: 0, rows: 1 };
  return { profile, mode, rows, ms, roundTrips, msPerRow: ms / rows };
}
