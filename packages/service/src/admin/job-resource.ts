import { type JobState, type Jobs, type JobView, STATES } from '@millrace/jobs';
import { z } from 'zod';
import { userTag } from '../for-user.ts';
import type { App } from '../kit.ts';
import { problem } from '../problem.ts';
import type { User } from '../role.ts';

export const jobStates = STATES as readonly [JobState, ...JobState[]];

const time = z.iso.datetime();

/** A job as every service shows it. */
export const jobResource = z
  .object({
    id: z.string().meta({ example: '019aab4c-3f0e-7d31-9a44-6a2b8f1c0d11' }),
    name: z.string().meta({ example: 'campaign.seed' }),
    version: z.int(),
    queue: z.string().meta({ example: 'campaign.seeding' }),
    lane: z.enum(['hi', 'std', 'lo']),
    state: z.enum(jobStates),
    attempt: z.int(),
    maxAttempts: z.int(),
    crashes: z.int().meta({ description: 'Processes that died with this job in hand; they cost no attempt.' }),
    progress: z.number().min(0).max(1),
    message: z.string().nullable(),
    meta: z.record(z.string(), z.unknown()),
    tags: z.array(z.string()),
    payload: z.unknown(),
    result: z.unknown(),
    errors: z.array(z.record(z.string(), z.unknown())).meta({ description: 'The last five.' }),
    waitingFor: z.string().nullable(),
    cancelRequestedAt: time.nullable(),
    worker: z.string().nullable(),
    traceId: z.string().nullable(),
    rootId: z.string().meta({ description: 'The same over retries and replays.' }),
    parentId: z.string().nullable(),
    replayedFrom: z.string().nullable(),
    fingerprint: z.string().nullable(),
    createdAt: time,
    scheduledAt: time.meta({ description: 'When it is, or was, due; of a job that was cancelled before that, when.' }),
    startedAt: time.nullable(),
    endedAt: time.nullable(),
    updatedAt: time,
    waitMs: z.number().nullable(),
    runMs: z.number().nullable(),
    steps: z
      .array(
        z.object({
          name: z.string(),
          at: time,
          attempt: z.int(),
          ms: z.number().nullable().meta({ description: 'Null: begun, and nobody knows whether it took effect.' }),
        }),
      )
      .optional()
      .meta({ description: 'Receipts, the first hundred; absent for jobs without steps.' }),
  })
  .meta({ id: 'Job', description: 'The job.' });

/** Any id that a job can have: those of scheduled ticks are words. */
export const jobParams = z.object({ id: z.string().min(1).max(200) });

/** Members see what they asked for themselves; everybody else sees everything. */
export const isVisible = ({ meta, tags }: JobView, { sub, seesAll }: User): boolean =>
  seesAll || meta['requestedBy'] === sub || tags.includes(userTag(sub));

/** A job for somebody to see. @throws Problem `job-not-found` for what this user may not see. */
export type FindJob = (id: string, user: User) => Promise<JobView>;

/** @param showsJob lets in who has not asked for a job themselves. */
export const jobFinder =
  (jobs: Pick<Jobs, 'find'>, showsJob?: App['showsJob']): FindJob =>
  async (id, user) => {
    const job = await jobs.find(id);
    if (isVisible(job, user) || (await showsJob?.(job, user))) return job;
    throw problem('job-not-found', { id });
  };

/** Tells two states of a job apart. Later ones are not always greater: ask for difference only. */
export const revisionOf = ({ updatedAt, state, progress, message }: JobView): string =>
  `${Date.parse(updatedAt)}.${state}.${Math.round(progress * 1_000)}.${message?.length ?? 0}`;
