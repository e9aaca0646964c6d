import { progressMesh } from '@millrace/contracts/mesh';
import type { Jobs } from '@millrace/jobs';
import { invalidInput, problem, type Route, route } from '@millrace/service';
import { z } from 'zod';
import { progressJobOf, readEngineJob } from '../domain/ids.ts';
import type { EngineReport } from '../domain/mesh.ts';
import { distrust } from '../domain/webhook-signature.ts';

export type CallbackDeps = {
  readonly jobs: Pick<Jobs, 'enqueue'>;
  /** Without one nobody is believed. */
  readonly secret: string | undefined;
  /** Reads what the engine posts. @throws Error for what is no report of its job. */
  readReport(body: string, job: { meshId: string; run: number }): EngineReport;
};

/**
 * Where the engine calls. It is believed by its signature alone, and what it says is only written down: the same report again, late or out
 * of order is for `mesh.progress` to judge.
 */
export const callbackRoute = ({ jobs, secret, readReport }: CallbackDeps): Route =>
  route({
    method: 'post',
    path: '/callbacks/mesh/:jobId',
    summary: 'Takes a report of the engine, signed as Standard Webhooks are.',
    role: 'public',
    params: z.object({ jobId: z.string().max(200) }),
    rawBody: { types: ['application/json'], limitBytes: 262_144 },
    responses: { 202: z.object({ accepted: z.boolean() }).meta({ description: 'Written down.' }) },
    problems: ['unauthenticated', 'validation-failed'],
    idempotent: false,
    async handle({ params: { jobId }, body: bytes, header }) {
      const body = Buffer.isBuffer(bytes) ? bytes.toString() : '';
      const reason = secret
        ? distrust(secret, { ...signatureHeaders(header), body }, new Date())
        : 'there is no CALLBACK_SECRET';
      if (reason) throw problem('unauthenticated', { reason });
      const job = readEngineJob(jobId);
      if (!job) throw problem('not-found', { path: `/callbacks/mesh/${jobId}` });
      const report = readOrRefuse(readReport, body, job);
      await jobs.enqueue(progressMesh, { ...job, report }, { id: progressJobOf(jobId, report) });
      return { accepted: true };
    },
  });

const signatureHeaders = (header: (name: string) => string | undefined) => ({
  id: header('webhook-id'),
  timestamp: header('webhook-timestamp'),
  signature: header('webhook-signature'),
});

function readOrRefuse(
  readReport: CallbackDeps['readReport'],
  body: string,
  job: { meshId: string; run: number },
): EngineReport {
  try {
    return readReport(body, job);
  } catch (error) {
    throw invalidInput([{ path: 'body', message: error instanceof Error ? error.message : 'is no report' }]);
  }
}
