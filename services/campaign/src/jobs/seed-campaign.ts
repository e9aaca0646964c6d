import { abandonSeeding, campaignSeeded, campaignSeedingFailed, seedCampaign } from '@millrace/contracts/campaign';
import { type Aftermath, cancel, defineJob, done, type End, exponential, fail, type Outcome, on } from '@millrace/jobs';
import type { Failure } from '../domain/campaign.ts';
import type { PoolMinutes } from '../store/pool-minutes.ts';
import { CampaignDeleted } from '../store/seedings.ts';
import { runSeeding, type SeedingStore, TemplateMissing } from './run-seeding.ts';

type Log = Record<'info' | 'warn' | 'error', (fields: object, message: string) => void>;

type SeedDeps = { readonly store: SeedingStore; readonly minutes?: Pick<PoolMinutes, 'built'>; readonly log: Log };

/** Fills a campaign with a verified copy of the current template. */
export const seedCampaignJob = ({ store, minutes, log }: SeedDeps) =>
  defineJob(seedCampaign, {
    unique: { key: ({ campaignId }) => campaignId },
    retry: [on(Error, exponential({ baseMs: 1_000, factor: 4 }))],

    async run({ jobId, rootId, attempt, payload, signal, progress }) {
      const { campaignId } = payload;
      log.info({ jobId, campaignId, attempt, mode: payload.mode }, 'seeding started');
      try {
        const seeding = await runSeeding(store, { ...payload, rootId, jobId }, { signal, progress });
        if (!seeding) return missing(campaignId, log);
        if (seeding.built) minutes?.built(seeding.built);
        log.info({ jobId, campaignId, ...seeding.result }, 'seeding succeeded');
        return done({
          events: seeding.announcement ? [campaignSeeded(seeding.announcement)] : [],
          result: seeding.result,
        });
      } catch (error) {
        log.error({ jobId, campaignId, attempt, err: error }, 'seeding failed');
        return endBy(error);
      }
    },

    onEnd: ({ jobId, rootId, payload }, end) => afterFailure({ ...payload, jobId, rootId }, end),
  });

/** @throws whatever may go well another time. */
function endBy(error: unknown): Outcome {
  if (error instanceof TemplateMissing) return fail(error.failure);
  if (error instanceof CampaignDeleted) return cancel(error.message);
  throw error;
}

function missing(campaignId: string, log: Log) {
  log.error({ campaignId }, 'campaign to seed does not exist');
  return fail({
    code: 'campaign-missing',
    message: `campaign ${campaignId} does not exist`,
    remedy: 'create the campaign first, then seed it by the id that the answer gives',
  });
}

type Ended = {
  readonly campaignId: string;
  readonly requestedBy: string | null;
  readonly jobId: string;
  readonly rootId: string;
};

/** Whoever ends the job, also when no handler is alive: what was begun is removed, and the person is told. */
function afterFailure({ campaignId, requestedBy, jobId, rootId }: Ended, end: End): Aftermath {
  if (end.state === 'completed') return {};
  const reason: Failure = end.state === 'failed' ? end.failure : { code: `seeding-${end.state}`, message: end.why };
  const cleanup = { name: abandonSeeding.name, payload: { campaignId, seedingId: rootId, jobId, reason } };
  if (end.state !== 'failed') return { jobs: [cleanup] };
  return { jobs: [cleanup], events: [campaignSeedingFailed({ campaignId, requestedBy, error: reason })] };
}
