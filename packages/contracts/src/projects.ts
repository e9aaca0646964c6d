import { z } from 'zod';
import { eventContract, jobContract } from './contract.ts';

export const cleanImages = jobContract({
  name: 'image.clean',
  queue: 'projects.default',
  summary: 'Removes files of images that nothing refers to for the grace period, also those that were never finished.',
  maxAttempts: 3,
  timeoutMs: 600_000,
  payload: z.object({
    /** A file that was touched since is left alone, whatever it is. */
    graceSeconds: z.int().min(60).default(86_400),
  }),
});

const failure = z.object({ code: z.string(), message: z.string(), remedy: z.string().optional() });

/** The steps of a setup, in their order. */
export const projectSetupStep = z.enum([
  'validate',
  'reserve_slug',
  'storage',
  'repository',
  'members',
  'settings',
  'secrets',
  'webhooks',
  'integrations',
  'sample_content',
  'smoke_test',
  'activate',
]);

export const setupProject = jobContract({
  name: 'project.setup',
  queue: 'projects.setup',
  summary: 'Sets a project up: address, storage, repository, members, secrets, sample content, step by step.',
  maxAttempts: 3,
  timeoutMs: 600_000,
  lane: 'hi',
  payload: z.object({
    projectId: z.uuid(),
    /** Who is told of the end; null tells nobody. */
    requestedBy: z.string().min(1).nullable().default(null),
    /** 0 at first; a deliberate repetition counts up. */
    round: z.int().nonnegative().default(0),
    /** Steps that are done again though they had succeeded. */
    again: z.array(projectSetupStep).default([]),
    /** It was ready before: nobody is told again that it is. */
    isRepair: z.boolean().default(false),
  }),
});

/** Follows the end of a setup that did not come to its own end, so that no project looks as if it were still being set up. */
export const abandonProjectSetup = jobContract({
  name: 'project.abandon-setup',
  queue: 'projects.setup',
  summary: 'Marks a project whose setup failed for good or was cancelled.',
  lane: 'hi',
  payload: z.object({
    projectId: z.uuid(),
    jobId: z.uuid(),
    state: z.enum(['failed', 'cancelled']),
    reason: failure,
  }),
});

const aboutSetup = { projectId: z.uuid(), requestedBy: z.string().nullable() };

export const projectReady = eventContract({
  type: 'project.ready',
  summary: 'A project is set up and can be used.',
  data: z.object({
    ...aboutSetup,
    name: z.string(),
    ownerId: z.string(),
    slug: z.string(),
    /** Steps that went wrong though the project is of use without them. */
    warnings: z.array(z.object({ step: z.string(), message: z.string() })),
    durationMs: z.number().nonnegative(),
  }),
});

/** Told with `project.ready`, so that nobody is called to what is not there yet; one event for each person. */
export const projectMemberInvited = eventContract({
  type: 'project.member-invited',
  summary: 'Somebody was let into a project that is ready.',
  data: z.object({
    projectId: z.uuid(),
    name: z.string(),
    slug: z.string(),
    sub: z.string().min(1),
    role: z.enum(['admin', 'editor', 'viewer']),
    /** Whose project it is. */
    invitedBy: z.string(),
  }),
});

export const projectSetupFailed = eventContract({
  type: 'project.setup-failed',
  summary: 'A setup failed for good; it can be resumed from the step that failed.',
  data: z.object({ ...aboutSetup, error: failure }),
});

export const projectSetupCancelled = eventContract({
  type: 'project.setup-cancelled',
  summary: 'A setup ended because somebody no longer wanted it.',
  data: z.object({ ...aboutSetup, reason: z.string() }),
});

export const projectSetupProgressed = eventContract({
  type: 'project.setup-progressed',
  summary: 'A step of a setup has ended.',
  data: z.object({
    projectId: z.uuid(),
    ownerId: z.string(),
    step: projectSetupStep,
    status: z.string(),
    /** From 0 to 1. */
    progress: z.number().min(0).max(1),
  }),
});
