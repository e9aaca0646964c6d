import { z } from 'zod';
import type { Project } from '../domain/project.ts';
import { type Setup, setupStatuses } from '../domain/setup.ts';
import { stepKeys, stepStatuses } from '../domain/step-state.ts';

const time = z.iso.datetime().nullable();
const error = z
  .object({ code: z.string(), message: z.string(), remedy: z.string().optional(), isRetryable: z.boolean() })
  .nullable();

export const setupResource = z
  .object({
    id: z.uuid().meta({ description: 'The project’s.' }),
    projectId: z.uuid(),
    status: z.enum(setupStatuses),
    jobId: z.uuid(),
    templateVersion: z.int(),
    rounds: z.int(),
    progress: z.number().min(0).max(1),
    steps: z.array(
      z.object({
        key: z.enum(stepKeys),
        status: z.enum(stepStatuses),
        attempts: z.int(),
        startedAt: time,
        finishedAt: time,
        durationMs: z.number().nullable(),
        output: z.record(z.string(), z.unknown()).nullable(),
        error,
        log: z.array(z.string()),
        traceId: z.string().nullable(),
      }),
    ),
    awaits: z.array(z.string()),
    cancel: z.object({ mode: z.string(), by: z.string(), at: z.iso.datetime() }).nullable(),
    retries: z.array(z.object({ by: z.string(), at: z.iso.datetime(), again: z.array(z.string()) })),
    error,
    revision: z.int(),
    startedAt: time,
    finishedAt: time,
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'ProjectSetup', description: 'How far the setup of a project is.' });

export type SetupResource = z.input<typeof setupResource>;

const iso = (at: Date | null): string | null => at?.toISOString() ?? null;

/** A setup as the outside sees it. @param progress from 0 to 1. */
export function toSetupResource(project: Project, setup: Setup, progress: number): SetupResource {
  const { token: _token, steps, cancel, retries, startedAt, finishedAt, ...shown } = setup;
  return {
    id: project._id,
    projectId: project._id,
    ...shown,
    awaits: [...shown.awaits],
    progress,
    steps: steps.map(({ inputHash: _inputHash, ...step }) => ({
      ...step,
      log: [...step.log],
      startedAt: iso(step.startedAt),
      finishedAt: iso(step.finishedAt),
      durationMs:
        step.startedAt && step.finishedAt ? Math.max(0, step.finishedAt.getTime() - step.startedAt.getTime()) : null,
    })),
    cancel: cancel && { ...cancel, at: cancel.at.toISOString() },
    retries: retries.map((retry) => ({ ...retry, again: [...retry.again], at: retry.at.toISOString() })),
    revision: project.revision,
    startedAt: iso(startedAt),
    finishedAt: iso(finishedAt),
    createdAt: project.createdAt.toISOString(),
    updatedAt: project.updatedAt.toISOString(),
  };
}
