import type { Campaign, SeededAnnouncement, SeedingRun } from './campaign.ts';
import { seedingIdOf } from './ids.ts';

/** What a run of `campaign.seed` finds when it looks at its campaign. */
export type Start =
  /** This very seeding was completed by an earlier run: only its announcement is left to be repeated. */
  | { readonly kind: 'already-mine'; readonly announcement: SeededAnnouncement }
  /** Another seeding completed it: nothing to do, and nobody is told again. */
  | { readonly kind: 'already-seeded'; readonly announcement: SeededAnnouncement }
  | {
      readonly kind: 'run';
      readonly run: SeedingRun;
      /** The id of a copy that this run replaces, and which has to be deleted later. */
      readonly replacedSeedingId: string | null;
    };

type Runner = Pick<SeedingRun, 'rootId' | 'jobId' | 'token'> & { readonly templateId: string; readonly at: Date };

/**
 * Decides how a run begins. A rerun of the same seeding goes on with the same ids, time and template, so it writes
 * the very same rows; anything else starts a copy of its own, under an id that no rows of this campaign ever had.
 */
export function planStart(campaign: Campaign, runner: Runner): Start {
  const { seedingRun: last, announcement } = campaign;
  if (campaign.status === 'ready' && announcement) {
    return { kind: last?.rootId === runner.rootId ? 'already-mine' : 'already-seeded', announcement };
  }
  const { rootId, jobId, token, templateId, at } = runner;
  const fresh = { rootId, jobId, token, state: 'running', stage: 'schticks' } as const;
  if (last?.rootId === rootId && last.state === 'running') {
    const { seedingId, startedAt } = last;
    return {
      kind: 'run',
      run: { ...fresh, seedingId, startedAt, templateId: last.templateId },
      replacedSeedingId: null,
    };
  }
  return {
    kind: 'run',
    run: { ...fresh, seedingId: seedingIdOf(rootId, campaign.usedSeedingIds), startedAt: at, templateId },
    replacedSeedingId: last?.state === 'running' ? last.seedingId : null,
  };
}
