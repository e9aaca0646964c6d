import type { Failure } from './shapes.ts';

/** What the services of the products answer, as far as the console reads it. */
export type Dated = { readonly id: string; readonly createdAt: string; readonly updatedAt: string };

export const entityKinds = ['schticks', 'weapons', 'characters', 'factions', 'junctures'] as const;

export type EntityKind = (typeof entityKinds)[number];

export type Campaign = Dated & {
  readonly name: string;
  readonly description: string;
  readonly ownerId: string | null;
  readonly status: string;
  readonly stage: string | null;
  readonly seeding: {
    readonly jobId: string;
    readonly stage: string;
    readonly stages: readonly string[];
    readonly progress: number;
  } | null;
  readonly counts: Readonly<Record<EntityKind, number>>;
  readonly isPool: boolean;
  readonly poolType: string | null;
  readonly poolStatus: string | null;
  readonly poolCreatedAt: string | null;
  readonly activatedAt: string | null;
  readonly templateVersion: number | null;
  readonly seedJobId: string | null;
  readonly failure: Failure | null;
  readonly deletedAt: string | null;
  readonly restorableUntil: string | null;
};

export type CampaignMember = { readonly sub: string; readonly role: string; readonly state: string };

export type CampaignInvitation = {
  readonly campaignId: string;
  readonly name: string;
  readonly role: string;
  readonly invitedBy: string;
  readonly invitedAt: string;
};

export type Entity = Dated & {
  readonly name: string;
  readonly description?: string | Readonly<Record<string, string>>;
  readonly category?: string | null;
  readonly path?: string | null;
  readonly damage?: number;
  readonly wealth?: string | null;
  readonly imageUrl: string | null;
};

export type PoolPolicy = {
  readonly min: number;
  readonly target: number;
  readonly max: number;
  readonly low: number;
  readonly critical: number;
  readonly ttlSeconds: number;
  readonly refill: string;
  readonly update: string;
  readonly paused: boolean;
};

export type PoolMetrics = {
  readonly hits: number;
  readonly misses: number;
  readonly hitRate: number | null;
  readonly exhaustionSeconds: number;
  readonly claimMs: Readonly<Record<'p50' | 'p95' | 'p99', number | null>>;
  readonly builds: number;
  readonly buildMs: number | null;
  readonly refillLagMs: number | null;
  readonly wasted: number;
  readonly recommended: { readonly size: number; readonly why: string };
};

export type Pool = Dated & {
  readonly type: string;
  readonly status: string;
  readonly policy: PoolPolicy;
  readonly counts: Readonly<
    Record<'building' | 'ready' | 'claimed' | 'failed' | 'stale' | 'quarantined' | 'expired', number>
  >;
  readonly rollout: { readonly templateVersion: number | null; readonly updated: number; readonly outdated: number };
  readonly oldestReadyAt: string | null;
  readonly metrics: PoolMetrics;
  readonly levelSince: string;
};

export type Artifact = {
  readonly name: string;
  readonly format: string;
  readonly url: string;
  readonly mediaType: string;
  readonly bytes: number;
  readonly sha256: string;
};

export type Mesh = Dated & {
  readonly ownerId: string;
  readonly batchId: string | null;
  readonly projectId: string | null;
  readonly imageId: string | null;
  readonly imageUrl: string | null;
  readonly status: string;
  readonly progress: number;
  readonly stage: string;
  readonly message: string;
  readonly queuePosition: number | null;
  readonly etaSeconds: number | null;
  readonly attempt: number;
  readonly maxAttempts: number;
  readonly jobId: string;
  readonly picture: string;
  readonly mode: string;
  readonly requestedMode: string;
  readonly modeReason: string;
  readonly preset: string | null;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly warnings: readonly { readonly parameter: string; readonly message: string }[];
  readonly vertexCount: number | null;
  readonly triangleCount: number | null;
  readonly achievedError: number | null;
  readonly watertight: boolean | null;
  readonly volumeMm3: number | null;
  readonly bboxMm: readonly number[] | null;
  readonly artifacts: readonly Artifact[];
  readonly reused: boolean;
  readonly error: Failure | null;
  readonly usage: { readonly durationMs: number | null; readonly bytes: number };
  readonly engineVersion: string | null;
  readonly traceId: string | null;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
};

export type MeshParameter = {
  readonly name: string;
  readonly type: 'number' | 'integer' | 'boolean' | 'choice' | 'choices';
  readonly min?: number;
  readonly max?: number;
  readonly of?: readonly string[];
  readonly default?: unknown;
  readonly modes: readonly string[];
  readonly about: string;
};

export type Presets = {
  readonly items: readonly { readonly id: string; readonly name: string; readonly description: string }[];
  readonly parameters: readonly MeshParameter[];
};

export type Batch = Dated & {
  readonly projectId: string;
  readonly ownerId: string;
  readonly status: string;
  readonly total: number;
  readonly completed: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly progress: number;
  readonly etaSeconds: number | null;
  readonly items?: readonly {
    readonly imageId: string;
    readonly picture: string;
    readonly meshId: string;
    readonly state: string;
    readonly error: Failure | null;
  }[];
  readonly mode: string;
  readonly jobId: string;
  readonly archiveUrl: string | null;
  readonly traceId: string | null;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
};

export type Project = Dated & {
  readonly name: string;
  readonly template: string;
  readonly status: string;
  readonly ownerId: string;
  readonly slug: string | null;
  readonly members: readonly { readonly sub: string; readonly role: string }[];
  readonly archivedAt: string | null;
};

export type SetupStep = {
  readonly key: string;
  readonly status: string;
  readonly attempts: number;
  readonly durationMs: number | null;
  readonly output: Readonly<Record<string, unknown>> | null;
  readonly error: (Failure & { readonly isRetryable: boolean }) | null;
  readonly log: readonly string[];
};

export type ProjectSetup = Dated & {
  readonly status: string;
  readonly jobId: string;
  readonly rounds: number;
  readonly progress: number;
  readonly steps: readonly SetupStep[];
  readonly awaits: readonly string[];
  readonly error: Failure | null;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
};

export type ProjectImage = Dated & {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly bytes: number;
  readonly url: string;
  readonly heldBy: readonly string[];
};
