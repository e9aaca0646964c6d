import { problem } from '@millrace/service';
import type { Meshes } from '../store/meshes.ts';

type QuotaLimits = {
  /** Meshes of one person that wait or are being made. */
  readonly open: number;
  /** Meshes that one person asks for in a day, in UTC. */
  readonly perDay: number;
};

export type Quota = {
  /**
   * Lets in what a person asks for, or refuses it; repeat nothing of it after a refusal.
   * @param ids of the meshes, or of their places, that will be written.
   * @returns what to call when they are written, or are not going to be. @throws Problem `quota-exceeded` with the reset.
   */
  admit(sub: string, ids: readonly string[]): Promise<() => void>;
};

/**
 * Bounds what one person may ask for. What is being let in counts from its arrival, whether or not it is written yet, so that requests
 * which come together do not pass together. Exact within one replica; with several, a few that come in the same moment may pass beyond.
 */
export function quotaOf(meshes: Pick<Meshes, 'countOf'>, limits: QuotaLimits): Quota {
  const entering = new Map<string, Set<string>>();
  return {
    async admit(sub, ids) {
      const mine = entering.get(sub) ?? new Set();
      entering.set(sub, mine);
      for (const id of ids) mine.add(id);
      const before = [...mine];
      const leave = () => {
        for (const id of ids) mine.delete(id);
        if (mine.size === 0 && entering.get(sub) === mine) entering.delete(sub);
      };
      try {
        const written = await meshes.countOf(sub, { since: today(), except: before });
        requireRoom('open meshes', written.open + before.length, limits.open, undefined);
        requireRoom('meshes a day', written.today + before.length, limits.perDay, tomorrow());
        return leave;
      } catch (error) {
        leave();
        throw error;
      }
    },
  };
}

/** @param resetAt when there is room again for sure; undefined: when one of them has ended. */
function requireRoom(what: string, used: number, limit: number, resetAt: Date | undefined): void {
  if (used <= limit) return;
  const seconds = resetAt ? Math.ceil((resetAt.getTime() - Date.now()) / 1_000) : 30;
  const reset = resetAt ? `at ${resetAt.toISOString()}` : 'as soon as one of them has ended';
  throw problem(
    'quota-exceeded',
    { what, limit, reset },
    { members: { limit, resetAt: resetAt?.toISOString() ?? null }, headers: { 'Retry-After': `${seconds}` } },
  );
}

const dayMs = 86_400_000;
const today = (): Date => new Date(Math.floor(Date.now() / dayMs) * dayMs);
const tomorrow = (): Date => new Date(today().getTime() + dayMs);
