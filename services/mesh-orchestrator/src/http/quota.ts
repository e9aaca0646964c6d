import { problem } from '@millrace/service';
import type { Meshes } from '../store/meshes.ts';

type Limits = {
  /** Meshes that wait or are being made. */
  readonly open: number;
  /** Meshes that are asked for in a day, in UTC. */
  readonly perDay: number;
};

/** Who asks, and for which project, if any. */
type Asking = { readonly sub: string; readonly projectId: string | null };

export type Quota = {
  /**
   * Lets in what a person asks for, or refuses it; repeat nothing of it after a refusal.
   * @param ids of the meshes, or of their places, that will be written.
   * @returns what to call when they are written, or are not going to be. @throws Problem `quota-exceeded` with the reset.
   */
  admit(asking: Asking, ids: readonly string[]): Promise<() => void>;
};

/**
 * Bounds what one person may ask for, and what all together may for one project. What is being let in counts from its arrival, whether
 * or not it is written yet, so that requests which come together do not pass together. Exact within one replica; with several, a few
 * that come in the same moment may pass beyond.
 */
export function quotaOf(
  meshes: Pick<Meshes, 'countOf'>,
  limits: { readonly person: Limits; readonly project: Limits },
): Quota {
  const people = entrance((sub, not) => meshes.countOf({ ownerId: sub }, not), limits.person, '');
  const projects = entrance(
    (id, not) => meshes.countOf({ 'source.projectId': id }, not),
    limits.project,
    ' of a project',
  );
  return {
    async admit({ sub, projectId }, ids) {
      const leavePerson = await people(sub, ids);
      if (projectId === null) return leavePerson;
      try {
        const leaveProject = await projects(projectId, ids);
        return () => {
          leavePerson();
          leaveProject();
        };
      } catch (error) {
        leavePerson();
        throw error;
      }
    },
  };
}

type Count = (key: string, of: Parameters<Meshes['countOf']>[1]) => ReturnType<Meshes['countOf']>;

/** Where those of one key go in. @param whose tells a person what is bounded. */
function entrance(count: Count, limits: Limits, whose: string) {
  const entering = new Map<string, Set<string>>();
  return async (key: string, ids: readonly string[]): Promise<() => void> => {
    const mine = entering.get(key) ?? new Set();
    entering.set(key, mine);
    for (const id of ids) mine.add(id);
    const before = [...mine];
    const leave = () => {
      for (const id of ids) mine.delete(id);
      if (mine.size === 0 && entering.get(key) === mine) entering.delete(key);
    };
    try {
      const written = await count(key, { since: today(), except: before });
      requireRoom(`open meshes${whose}`, written.open + before.length, limits.open, undefined);
      requireRoom(`meshes${whose} a day`, written.today + before.length, limits.perDay, tomorrow());
      return leave;
    } catch (error) {
      leave();
      throw error;
    }
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
