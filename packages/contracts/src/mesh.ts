import { z } from 'zod';
import { eventContract, jobContract } from './contract.ts';

/** What the engine makes of a picture; `auto` leaves the choice to it. */
export const meshModes = ['auto', 'sprite', 'relief', 'lithophane', 'extrude', 'cutout', 'inflate'] as const;
const meshMode = z.enum(meshModes);

/** A file that belongs to a mesh. */
export const meshArtifact = z.object({
  name: z.string(),
  format: z.string(),
  mediaType: z.string(),
  bytes: z.int().nonnegative(),
  sha256: z.string(),
  /** Where it lies below ARTIFACTS_URL. */
  key: z.string(),
});

/** Why a mesh has failed, in words that its owner can act on. */
export const meshError = z.object({
  code: z.string(),
  message: z.string(),
  remedy: z.string().optional(),
  /** Where it came to that. */
  details: z.record(z.string(), z.string()).optional(),
});

/** What the engine made, measured. */
const meshResult = z.object({
  vertexCount: z.int().nonnegative(),
  triangleCount: z.int().nonnegative(),
  /** Share of the height range, or of the picture's diagonal for outlines. */
  achievedError: z.number(),
  /** As an STL reader sees it; null for sprites, which are flat. */
  watertight: z.boolean().nullable(),
  volumeMm3: z.number(),
  bboxMm: z.array(z.number()),
  artifacts: z.array(meshArtifact),
  /** Milliseconds by stage. */
  timings: z.array(z.object({ stage: z.string(), milliseconds: z.number() })),
});

/** The engine's word on one of its jobs, whether it called or was asked. */
export const engineReport = z.object({
  /** Counts how often the job was handed to an engine; the engine tells it back. */
  fence: z.int().nonnegative(),
  /** Grows with every change within a fence. */
  seq: z.int().nonnegative(),
  state: z.enum(['accepted', 'processing', 'completed', 'failed', 'cancelled']),
  progress: z.int().min(0).max(100),
  stage: z.string(),
  /** The mode that was taken; null until the engine has chosen. */
  mode: meshMode.nullable(),
  /** Why `auto` took it. */
  reason: z.string(),
  warnings: z.array(z.string()),
  engineVersion: z.string(),
  /** Of the picture's bytes; empty until it was fetched. */
  imageSha256: z.string(),
  result: meshResult.nullable(),
  failure: z.object({ code: z.string(), message: z.string(), permanent: z.boolean() }).nullable(),
});

export const generateMesh = jobContract({
  name: 'mesh.generate',
  queue: 'mesh.generation',
  summary: 'Has the engine make a mesh, and watches over it until it has ended.',
  maxAttempts: 8,
  timeoutMs: 60_000,
  payload: z.object({ meshId: z.uuid() }),
});

export const progressMesh = jobContract({
  name: 'mesh.progress',
  queue: 'mesh.critical',
  summary: 'Takes down what the engine has told of a mesh; what is older than what is known changes nothing.',
  timeoutMs: 30_000,
  lane: 'hi',
  payload: z.object({ meshId: z.uuid(), run: z.int().positive(), report: engineReport }),
});

export const finishMesh = jobContract({
  name: 'mesh.finish',
  queue: 'mesh.critical',
  summary: 'Ends a mesh, once, whoever noticed its end; tells its owner and arranges what follows.',
  timeoutMs: 60_000,
  payload: z.object({
    meshId: z.uuid(),
    /** The `mesh.generate` whose end this is. */
    jobId: z.uuid(),
    end: z.discriminatedUnion('state', [
      z.object({ state: z.literal('completed'), reusedFrom: z.uuid().optional() }),
      z.object({ state: z.literal('failed'), error: meshError }),
      z.object({ state: z.literal('cancelled') }),
    ]),
  }),
});

export const retryMesh = jobContract({
  name: 'mesh.retry',
  queue: 'mesh.default',
  summary: 'Generates a failed or cancelled mesh once more.',
  payload: z.object({ meshId: z.uuid() }),
});

export const thumbnailMesh = jobContract({
  name: 'mesh.thumbnail',
  queue: 'mesh.default',
  summary: 'Has the engine draw a thumbnail of a completed mesh, as wide as is wanted.',
  maxAttempts: 8,
  timeoutMs: 60_000,
  payload: z.object({
    meshId: z.uuid(),
    /** Its height is three quarters of it. */
    widthPx: z.int().min(16).max(2_048).default(512),
  }),
});

export const cleanMeshes = jobContract({
  name: 'mesh.clean',
  queue: 'mesh.low',
  summary: 'Removes what failed meshes have left in the store: of one, or of all that failed long ago.',
  payload: z.union([
    z.object({
      meshId: z.uuid(),
      /** The failure that it cleans up after; a retry since then is left alone. */
      jobId: z.uuid(),
    }),
    z.object({ olderThanSeconds: z.int().nonnegative() }),
  ]),
});

export const generateBatch = jobContract({
  name: 'batch.generate',
  queue: 'mesh.batch',
  summary: 'Has the pictures of a batch made into meshes, some at a time, until all have ended.',
  timeoutMs: 120_000,
  payload: z.object({ batchId: z.uuid() }),
});

/** Follows a `batch.generate` that was cancelled or has failed, so that no batch is left open, whoever noticed it. */
export const abandonBatch = jobContract({
  name: 'batch.abandon',
  queue: 'mesh.default',
  summary: 'Ends a batch whose job has ended without it: cancels what still runs, keeps what is made, tells its owner.',
  payload: z.object({
    batchId: z.uuid(),
    /** The job that has ended. */
    jobId: z.uuid(),
    end: z.discriminatedUnion('state', [
      z.object({ state: z.literal('cancelled') }),
      z.object({ state: z.literal('failed'), error: meshError }),
    ]),
  }),
});

export const cleanStorage = jobContract({
  name: 'storage.clean',
  queue: 'mesh.low',
  summary: 'Removes files below `meshes/` that no mesh needs and nobody has touched for the grace period.',
  maxAttempts: 3,
  timeoutMs: 600_000,
  payload: z.object({
    /** A file that was touched since is left alone, whatever it is. */
    graceSeconds: z.int().min(60).default(86_400),
  }),
});

export const reportUsage = jobContract({
  name: 'usage.report',
  queue: 'mesh.low',
  summary: 'Tells what was asked for in a month.',
  payload: z.object({
    /** As `2026-11`. Default: the one before the command. */
    month: z
      .string()
      .regex(/^\d{4}-(0[1-9]|1[0-2])$/)
      .optional(),
  }),
});

export const deliverWebhook = jobContract({
  name: 'webhook.deliver',
  queue: 'mesh.default',
  summary: 'Sends an event to an address that a person has named, signed by Standard Webhooks.',
  maxAttempts: 9,
  timeoutMs: 90_000,
  payload: z.object({ deliveryId: z.uuid() }),
});

/** Whose mesh it is and what it is of, as every event tells it. */
const meshFacts = {
  meshId: z.uuid(),
  ownerId: z.string(),
  /** The batch that tells its end in its stead; null for a mesh of its own. */
  batchId: z.uuid().nullable(),
  /** The picture's name, for people. */
  picture: z.string(),
};

export const meshCompleted = eventContract({
  type: 'mesh.completed',
  summary: 'A mesh lies in the store, whole.',
  data: z.object({
    ...meshFacts,
    mode: meshMode,
    vertexCount: z.int().nonnegative(),
    triangleCount: z.int().nonnegative(),
    achievedError: z.number(),
    watertight: z.boolean().nullable(),
    durationMs: z.number().nonnegative(),
    reused: z.boolean(),
  }),
});

export const meshFailed = eventContract({
  type: 'mesh.failed',
  summary: 'A mesh has failed for good.',
  data: z.object({ ...meshFacts, error: meshError, attempts: z.int().nonnegative() }),
});

export const meshCancelled = eventContract({
  type: 'mesh.cancelled',
  summary: 'A mesh is no longer wanted; the engine has let go of it.',
  data: z.object(meshFacts),
});

export const meshProgressed = eventContract({
  type: 'mesh.progressed',
  summary: 'The engine is further with a mesh.',
  data: z.object({ ...meshFacts, progress: z.int().min(0).max(100), stage: z.string() }),
});

/** Whose batch it is and what has become of its pictures, as every event tells it. */
const batchFacts = {
  batchId: z.uuid(),
  projectId: z.uuid(),
  ownerId: z.string(),
  total: z.int().positive(),
  completed: z.int().nonnegative(),
  failed: z.int().nonnegative(),
  cancelled: z.int().nonnegative(),
};

export const batchCompleted = eventContract({
  type: 'batch.completed',
  summary: 'A batch has come to its end: all meshes are made, or some, or it is no longer wanted.',
  data: z.object({
    ...batchFacts,
    status: z.enum(['completed', 'partial', 'cancelled']),
    durationMs: z.number().nonnegative(),
  }),
});

export const batchFailed = eventContract({
  type: 'batch.failed',
  summary: 'A batch has come to its end without a single mesh.',
  data: z.object({ ...batchFacts, error: meshError }),
});

export const batchProgressed = eventContract({
  type: 'batch.progressed',
  summary: 'Another picture of a batch is through, whatever came of it.',
  data: z.object({ ...batchFacts, progress: z.int().min(0).max(100) }),
});

/** What was used. */
export const usageFigures = z.object({
  /** Meshes that were asked for. */
  tasks: z.int().nonnegative(),
  completed: z.int().nonnegative(),
  failed: z.int().nonnegative(),
  cancelled: z.int().nonnegative(),
  /** From the first look at each mesh to its end. */
  seconds: z.number().nonnegative(),
  /** Of the files that were made. */
  bytes: z.int().nonnegative(),
});

export const usageReported = eventContract({
  type: 'usage.reported',
  summary: 'A month is over: what was asked for in it, over all people.',
  data: z.object({ month: z.string(), people: z.int().nonnegative(), total: usageFigures }),
});

export const jobAlerted = eventContract({
  type: 'job.alerted',
  summary: 'An attempt of a critical job has failed; told once in a while for each cause.',
  data: z.object({
    service: z.string(),
    job: z.string(),
    jobId: z.string(),
    /** The same for the same cause. */
    fingerprint: z.string(),
    error: z.object({ code: z.string(), message: z.string() }),
    /** Failed attempts of this cause since it was told last. */
    count: z.int().positive(),
  }),
});
