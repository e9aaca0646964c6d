/** What the services answer, as far as the console reads it. Times are ISO 8601, durations milliseconds. */
export type OfService<Item> = Item & { readonly service: string };

export type Away = { readonly service: string; readonly reason: string };

/** A list that every service holds a part of. */
export type Everywhere<Item> = {
  readonly items: readonly OfService<Item>[];
  readonly away: readonly Away[];
  readonly nextCursor: string | null;
};

export const jobStates = [
  'scheduled',
  'available',
  'executing',
  'retryable',
  'snoozed',
  'completed',
  'failed',
  'discarded',
  'cancelled',
] as const;

export const liveStates: readonly string[] = ['scheduled', 'available', 'executing', 'retryable', 'snoozed'];

export type Failure = { readonly code: string; readonly message: string; readonly remedy?: string };

export type Job = {
  readonly id: string;
  readonly name: string;
  readonly queue: string;
  readonly lane: string;
  readonly state: string;
  readonly attempt: number;
  readonly maxAttempts: number;
  readonly crashes: number;
  readonly progress: number;
  readonly message: string | null;
  readonly meta: Readonly<Record<string, unknown>>;
  readonly tags: readonly string[];
  readonly payload: unknown;
  readonly result: unknown;
  readonly errors: readonly JobError[];
  readonly waitingFor: string | null;
  readonly worker: string | null;
  readonly traceId: string | null;
  readonly rootId: string;
  readonly parentId: string | null;
  readonly replayedFrom: string | null;
  readonly fingerprint: string | null;
  readonly createdAt: string;
  readonly scheduledAt: string;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly updatedAt: string;
  readonly waitMs: number | null;
  readonly runMs: number | null;
  readonly steps?: readonly {
    readonly name: string;
    readonly at: string;
    readonly attempt: number;
    readonly ms: number | null;
  }[];
};

type JobError = {
  readonly attempt?: number;
  readonly at?: string;
  readonly code?: string;
  readonly message?: string;
  readonly stack?: string;
};

export type LogLine = {
  readonly id: string;
  readonly attempt: number;
  readonly at: string;
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
};

export type JobTree = {
  readonly root: string;
  readonly nodes: readonly {
    readonly id: string;
    readonly name: string;
    readonly state: string;
    readonly parentId: string | null;
    readonly replayedFrom: string | null;
    readonly createdAt: string;
    readonly endedAt: string | null;
  }[];
  readonly truncated: boolean;
};

export type Queue = {
  readonly name: string;
  readonly ready: number;
  readonly running: number;
  readonly later: number;
  readonly oldestWaitMs: number | null;
  readonly lanes: Readonly<Record<string, number>> | null;
  readonly rates: { readonly enqueued: number; readonly started: number; readonly ended: number };
  readonly paused: boolean;
  readonly draining: { readonly since: string; readonly left: number } | null;
  readonly jobs: readonly string[];
  readonly concurrency: number | null;
  readonly weight: number;
  readonly weights: Readonly<Record<'hi' | 'std' | 'retry' | 'lo', number>>;
  readonly limits: Readonly<Record<string, number>>;
  readonly updatedAt: string | null;
  readonly updatedBy: string | null;
};

export type Worker = {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  readonly version: string;
  readonly queues: readonly string[];
  readonly slots: number;
  readonly running: readonly string[];
  readonly state: string;
  readonly heartbeatAt: string;
  readonly createdAt: string;
};

export type DeadLetterGroup = {
  readonly fingerprint: string;
  readonly source: string;
  readonly name: string;
  readonly code: string;
  readonly message: string;
  readonly count: number;
  readonly firstAt: string;
  readonly lastAt: string;
};

export type DeadLetter = {
  readonly id: string;
  readonly source: string;
  readonly state: string;
  readonly note: string | null;
  readonly decidedBy: string | null;
  readonly at: string;
  readonly lastAt: string;
  readonly job?: Job;
};

export type Rehearsal = {
  readonly valid: boolean;
  readonly diff: readonly { readonly path: string; readonly from?: unknown; readonly to?: unknown }[];
  readonly rehearsed: boolean;
  readonly effects: readonly { readonly kind: string; readonly name: string; readonly detail?: unknown }[];
  readonly outcome?: { readonly kind: string };
  readonly why?: string;
};

export type Operation = {
  readonly id: string;
  readonly kind: string;
  readonly filter: Readonly<Record<string, string>>;
  readonly total: number;
  readonly done: number;
  readonly skipped: number;
  readonly failed: number;
  readonly progress: number;
  readonly state: string;
  readonly rate: number | null;
  readonly problems: readonly { readonly id: string; readonly code: string; readonly detail: string }[];
  readonly error: string | null;
  readonly createdBy: string | null;
  readonly createdAt: string;
  readonly endedAt: string | null;
};

export type Schedule = {
  readonly name: string;
  readonly job: string;
  readonly orphaned: boolean;
  readonly misfires: number;
  readonly lastAt: string | null;
  readonly lastJobId: string | null;
  readonly nextAt: string | null;
  readonly nextRuns: readonly string[];
  readonly cron: string;
  readonly timeZone: string;
  readonly misfire: string;
  readonly paused: boolean;
  readonly payload: unknown;
};

export type LedgerItem = {
  readonly name: string;
  readonly accepted: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly discarded: number;
  readonly cancelled: number;
  readonly live: number;
  readonly imbalance: number;
};

export type Limit = {
  readonly key: string;
  readonly kind: string;
  readonly max: number;
  readonly used: number;
  readonly waiting: number;
  readonly oldestWaitMs: number | null;
  readonly hold: string | null;
};

export type Breaker = {
  readonly name: string;
  readonly state: string;
  readonly recentFailures: number;
  readonly openings: number;
  readonly openUntil: string | null;
};
