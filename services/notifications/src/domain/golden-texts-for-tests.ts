/** What was told in each version of each text; a line stays as it is for as long as its version is the newest. */
export const goldenTexts: Readonly<Record<string, string>> = {
  'campaign.assigned 1':
    'Neon Harbour is ready | Your campaign holds 643 schticks, 86 weapons, 40 characters, 12 factions and 7 junctures.',
  'campaign.member-invited 1':
    'You are invited to the campaign Neon Harbour | bob invites you as editor. Accept or decline it under Campaigns, Invitations.',
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
  'campaign.assigned 1 de':
    'Neon Harbour ist bereit | Die Kampagne enthält 643 Schticks, 86 Waffen, 40 Figuren, 12 Fraktionen und 7 Epochen.',
  'campaign.member-invited 1 de':
    'Einladung zur Kampagne Neon Harbour | bob lädt dazu ein, als editor. Annehmen oder ablehnen lässt sie sich unter Campaigns, Invitations.',
  'campaign.seeded 1 de':
    'Neon Harbour ist bereit | Die Kampagne enthält 643 Schticks, 86 Waffen, 40 Figuren, 12 Fraktionen und 7 Epochen.',
  'campaign.seeding-failed 1 de': 'Eine Kampagne ließ sich nicht füllen | 3 schticks are missing. seed it again.',
  'mesh.completed 1 de':
    'Das Mesh von duck.png ist fertig | relief aus 12.345 Dreiecken, höchstens 1,97 % daneben; es dauerte 3,2 s.',
  'mesh.failed 1 de': 'Aus duck.png ließ sich kein Mesh machen | it ends too early. upload it again.',
  'batch.completed 1 de':
    '11 von 12 Meshes sind fertig | Der Stapel dauerte 41 s; 1 ließen sich nicht machen: die Seite zeigt, warum, und versucht sie erneut.',
  'batch.failed 1 de': 'Keines von 12 Meshes ließ sich machen | none of the pictures could be read.',
  'album.releases-imported 1 de':
    'Die Veröffentlichungen von OK Computer sind da | 87 Veröffentlichungen: 80 neu, 6 geändert, 1 nicht mehr geführt. 1 waren nicht lesbar; siehe die Importe des Albums.',
  'album.import-failed 1 de': 'Ein Album braucht eine Zuordnung | three albums go by this name. choose one of them.',
  'project.ready 1 de':
    'Das Projekt Harbour ist bereit | Es liegt unter harbour. Schritt sample_mesh misslang und wurde ausgelassen: the engine is busy.',
  'project.member-invited 1 de':
    'Einladung zum Projekt Harbour | bob lädt dazu ein, als editor. Es liegt unter harbour.',
  'project.setup-failed 1 de':
    'Ein Projekt ließ sich nicht einrichten | the name harbour is taken. choose another and resume',
};
