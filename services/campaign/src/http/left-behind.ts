import { setTimeout as delay } from 'node:timers/promises';
import { purgeAssets } from '@millrace/contracts/campaign';
import type { Outbox } from '@millrace/events';
import type { Jobs } from '@millrace/jobs';
import type { CampaignStore } from '../store/campaign-store.ts';
import { sweepUncommanded } from './delete-campaign.ts';
import { sweepUnseeded } from './seed-command.ts';

type Deps = {
  readonly store: Pick<CampaignStore, 'campaigns' | 'deletions' | 'purges'>;
  readonly jobs: Jobs;
  readonly outboxes: readonly Outbox[];
  readonly log: { warn(fields: object, message: string): void };
};

export type Upkeep = { stop(): Promise<void> };

const uncommandedEveryMs = 5_000;
const untoldEveryMs = 2_000;
const unreferencedEveryMs = 3_600_000;

/** Picks up what a process left behind when it died: campaigns whose seeding or deletion was not commanded, facts
 * that were stored and not told, files whose last user did not tell. */
export function startUpkeep({ store, jobs, outboxes, log }: Deps): Upkeep {
  const chores = [
    repeat(uncommandedEveryMs, () => sweepUnseeded({ campaigns: store.campaigns, jobs }), log),
    repeat(uncommandedEveryMs, () => sweepUncommanded({ deletions: store.deletions, jobs }), log),
    ...outboxes.map((outbox) => repeat(untoldEveryMs, () => outbox.relay(), log)),
    repeat(unreferencedEveryMs, () => purgeUnreferenced(store, jobs), log),
  ];
  return { stop: async () => void (await Promise.all(chores.map((stop) => stop()))) };
}

async function purgeUnreferenced({ purges }: Pick<CampaignStore, 'purges'>, jobs: Jobs): Promise<void> {
  await purges.markAllUnreferenced();
  const delayMs = await purges.nextDueInMs();
  if (delayMs !== null) await jobs.enqueue(purgeAssets, {}, { runAt: new Date(Date.now() + delayMs) });
}

/** Runs a chore now and then again, one run at a time. @returns how to end it; waits for a run under way. */
function repeat(everyMs: number, chore: () => Promise<void>, log: Deps['log']): () => Promise<void> {
  const stopping = new AbortController();
  const { signal } = stopping;
  const ended = (async () => {
    while (!signal.aborted) {
      await chore().catch((error: unknown) => log.warn({ err: error }, 'upkeep failed, it is tried again'));
      await delay(everyMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  })();
  return async () => {
    stopping.abort();
    await ended;
  };
}
