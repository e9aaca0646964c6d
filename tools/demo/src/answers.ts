import { z } from 'zod';

/** The parts of the services' answers that the demo reads; the whole of them stands in each service's /openapi.json. */

export const counts = z.object({
  schticks: z.int(),
  weapons: z.int(),
  characters: z.int(),
  factions: z.int(),
  junctures: z.int(),
});
export type Counts = z.output<typeof counts>;

export const job = z.object({
  id: z.string(),
  name: z.string(),
  queue: z.string(),
  state: z.string(),
  attempt: z.int(),
  maxAttempts: z.int(),
  progress: z.number(),
  message: z.string().nullable(),
  fingerprint: z.string().nullable(),
  errors: z.array(z.looseObject({ code: z.string(), message: z.string() })),
  traceId: z.string().nullable(),
  waitMs: z.number().nullable(),
  runMs: z.number().nullable(),
});
export type Job = z.output<typeof job>;

export const withJob = z.object({ job });

export const campaign = z.object({ id: z.string(), name: z.string(), status: z.string(), counts });
/** A campaign from the pool, with both its clocks. */
export const assignedCampaign = z.object({
  campaign: campaign.extend({
    createdAt: z.iso.datetime(),
    activatedAt: z.iso.datetime(),
    poolCreatedAt: z.iso.datetime(),
  }),
  source: z.literal('pool'),
});

export const pool = z.object({
  status: z.string(),
  policy: z.looseObject({ target: z.int(), paused: z.boolean() }),
  counts: z.object({ ready: z.int(), building: z.int() }),
});

export const createdCampaign = z.object({ campaign, source: z.string(), job });

const importResult = z.object({ created: z.int(), updated: z.int(), unchanged: z.int() });
export const importJob = z.object({ id: z.string(), state: z.string(), result: importResult.nullable() });
const album = z.object({ id: z.string(), importStatus: z.string(), releaseCount: z.int() });
export const withImportJob = z.object({ album, job: importJob });
export const importedAlbum = album.extend({
  preferredEdition: z.object({ releaseId: z.string(), reasons: z.array(z.string()) }),
});
export const release = z.object({ date: z.string().nullable(), country: z.string().nullable(), format: z.string() });
export const releaseGroups = z.object({ items: z.array(z.object({ key: z.string().nullable(), count: z.int() })) });

export const schtick = z.object({
  id: z.string(),
  name: z.string(),
  category: z.string(),
  path: z.string().nullable(),
  prerequisiteId: z.string().nullable(),
  imageUrl: z.string().nullable(),
});
export type Schtick = z.output<typeof schtick>;

export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item), nextCursor: z.string().nullable() });

export const notification = z.object({
  id: z.string(),
  title: z.string(),
  body: z.string(),
  traceId: z.string().nullable(),
  readAt: z.string().nullable(),
});
export type Notification = z.output<typeof notification>;

export const unreadCount = z.object({ count: z.int() });

export const deadLetterGroup = z.object({
  fingerprint: z.string(),
  name: z.string(),
  code: z.string(),
  count: z.int(),
});
export const deadLetter = z.looseObject({ id: z.string(), source: z.string(), state: z.string() });

export const project = z.object({ id: z.string() });
const image = z.object({ id: z.string(), name: z.string() });
export const uploaded = z.object({ items: z.array(image) });

export const mesh = z.object({
  id: z.string(),
  status: z.string(),
  stage: z.string(),
  progress: z.int(),
  picture: z.string(),
  mode: z.string(),
  modeReason: z.string(),
  attempt: z.int(),
  vertexCount: z.int().nullable(),
  triangleCount: z.int().nullable(),
  achievedError: z.number().nullable(),
  watertight: z.boolean().nullable(),
  reused: z.boolean(),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
  artifacts: z.array(
    z.object({ name: z.string(), format: z.string(), url: z.string(), bytes: z.int(), sha256: z.string() }),
  ),
  usage: z.object({ durationMs: z.number().nullable() }),
  traceId: z.string().nullable(),
});
export type Mesh = z.output<typeof mesh>;

export const batch = z.object({
  id: z.string(),
  status: z.string(),
  total: z.int(),
  completed: z.int(),
  failed: z.int(),
  progress: z.int(),
  items: z.array(
    z.object({
      picture: z.string(),
      state: z.string(),
      error: z.object({ code: z.string(), message: z.string() }).nullable(),
    }),
  ),
});

export const ledger = z.object({
  items: z.array(
    z.object({
      name: z.string(),
      accepted: z.int(),
      succeeded: z.int(),
      failed: z.int(),
      discarded: z.int(),
      cancelled: z.int(),
      live: z.int(),
      imbalance: z.int(),
    }),
  ),
});
export type LedgerRow = z.output<typeof ledger>['items'][number];

export const sourced = z.object({ id: z.string(), status: z.string() });
export const sampleMesh = sourced.extend({ reused: z.boolean() });
export const setupCommanded = z.object({ job: z.object({ id: z.string(), traceId: z.string().nullable() }) });
export const readySetup = z.object({
  status: z.string(),
  steps: z.array(
    z.object({
      key: z.string(),
      status: z.string(),
      durationMs: z.number().nullable(),
      output: z.record(z.string(), z.unknown()).nullable(),
      log: z.array(z.string()),
    }),
  ),
});
