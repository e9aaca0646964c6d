/** What was told in each version of each text; a line stays as it is for as long as its version is the newest. */
export const goldenTexts: Readonly<Record<string, string>> = {
  'campaign.assigned 1':
    'Neon Harbour is ready | Your campaign holds 643 schticks, 86 weapons, 40 characters, 12 factions and 7 junctures.',
  'campaign.seeded 1':
    'Neon Harbour is ready | Your campaign holds 643 schticks, 86 weapons, 40 characters, 12 factions and 7 junctures.',
  'campaign.seeding-failed 1': 'A campaign could not be filled | 3 schticks are missing. seed it again.',
  'mesh.completed 1':
    'The mesh of duck.png is ready | A relief of 12,345 triangles, at most 1.97 % off; it took 3.2 s.',
  'mesh.failed 1': 'No mesh could be made of duck.png | it ends too early. upload it again.',
  'batch.completed 1':
    '11 of 12 meshes are ready | The batch took 41.0 s; 1 could not be made: look why, and retry those.',
  'batch.failed 1': 'None of 12 meshes could be made | none of the pictures could be read.',
  'album.releases-imported 1':
    "The releases of OK Computer are there | 87 releases: 80 new, 6 changed, 1 no longer listed. 1 could not be read; see the album's imports.",
  'album.import-failed 1': 'An album needs a match | three albums go by this name. choose one of them.',
  'pool.low 1':
    'The master pool is low | 1 of 3 campaigns are ready. It refills itself; if it stays low, look at the queue campaign.seeding.',
  'pool.critical 1':
    'The master pool is nearly empty | 0 of 3 campaigns are ready: people wait while theirs is seeded. See the runbook on pools.',
  'project.ready 1':
    'The project Harbour is ready | It is at harbour. Step sample_mesh went wrong and was left out: the engine is busy.',
  'project.member-invited 1':
    'You are invited to the project Harbour | bob has let you in as editor. It is at harbour.',
  'project.setup-failed 1': 'A project could not be set up | the name harbour is taken. choose another and resume',
  'pool.recovered 1': 'The master pool has recovered | 3 of 3 campaigns are ready again.',
  'usage.reported 1':
    '1,200 meshes were asked for in 2026-11 | By 12 people: 1,100 were made, 60 failed; 3,600 s of work, 50 MiB of files.',
  'dead-letters.appeared 1':
    'campaign.seed of campaign has failed for good | A job is among the dead letters by campaign-missing: there is no such campaign. Replay, park or resolve them; more of the same are not told.',
  'dead-letters.cleared 1':
    'The dead letters of campaign.seed in campaign are dealt with | All of this cause were replayed, parked, resolved or deleted.',
  'job.alerted 1':
    'mesh.generate of mesh-orchestrator is failing | 4 attempts failed with ENGINE_LOST, the last of job 0199a0b0-0000-7000-8000-000000000001: the engine is gone.',
};
