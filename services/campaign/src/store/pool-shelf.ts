import type { Campaign } from '../domain/campaign.ts';
import type { PoolMembers } from './pool-members.ts';

/** What was seen longer ago may be somebody else's by now. */
const FRESH_MS = 1_000;
/** Seen beyond what is wanted now, for those who come next. */
const AHEAD = 20;

export type PoolShelf = ReturnType<typeof poolShelf>;

/**
 * The ready members of a pool that this process has seen and given to nobody: most claims need not look for one. That a member on
 * the shelf is still ready, only the write that gives it away can say.
 */
export function poolShelf(members: Pick<PoolMembers, 'ready'>, pool: string) {
  let rows: Campaign[] = [];
  let seenAt = Number.NEGATIVE_INFINITY;
  /** Taken, and not given yet: to the database they are still ready. */
  const inHand = new Set<string>();

  async function look(wanted: number, templateHash: string): Promise<void> {
    const seen = await members.ready([pool], wanted * 2 + AHEAD + inHand.size, templateHash);
    rows = shuffled(seen.filter(({ _id }) => !inHand.has(_id)));
    seenAt = performance.now();
  }

  return {
    /** @returns as many as are wanted, or all that are ready. Nobody in this process gets the same ones; give them {@link back} to others. */
    async take(wanted: number, templateHash: string): Promise<Campaign[]> {
      const isStale = performance.now() - seenAt > FRESH_MS || rows.some((row) => row.templateHash !== templateHash);
      if (isStale || rows.length < wanted) await look(wanted, templateHash);
      const taken = rows.splice(0, wanted);
      for (const { _id } of taken) inHand.add(_id);
      return taken;
    },
    /** What was taken has been given, or was lost to another process: then nothing that was seen counts any more. */
    done(taken: readonly Campaign[], { isLost }: { isLost: boolean }): void {
      for (const { _id } of taken) inHand.delete(_id);
      if (isLost) rows = [];
    },
  };
}

/** Processes that choose at the same moment rarely choose the same. */
function shuffled<Item>(items: readonly Item[]): Item[] {
  return items
    .map((item) => ({ item, at: Math.random() }))
    .toSorted((one, other) => one.at - other.at)
    .map(({ item }) => item);
}
