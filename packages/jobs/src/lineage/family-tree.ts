import type { mongo } from 'mongoose';
import type { Collections } from '../record/collections.ts';
import type { JobRecord } from '../record/record.ts';

const MAX_NODES = 500;
/** A longer line of ancestors is a loop that feeds itself; the tree begins here then. */
const MAX_CLIMB = 100;

/** A job in its family, times as ISO strings. */
export type FamilyNode = {
  id: string;
  name: string;
  state: string;
  /** The job whose end commanded it. */
  parentId: string | null;
  /** The job that it repeats with another payload. */
  replayedFrom: string | null;
  batchId?: string;
  createdAt: string;
  endedAt: string | null;
  traceId: string | null;
};

/** The family of a job, oldest first. `truncated`: there are more than 500. */
export type FamilyTree = { root: string; nodes: FamilyNode[]; truncated: boolean };

const FIELDS = {
  name: 1,
  state: 1,
  parentId: 1,
  replayedFrom: 1,
  rootId: 1,
  batch: 1,
  createdAt: 1,
  endedAt: 1,
  traceId: 1,
} as const;
type Relative = Pick<JobRecord, '_id' | Exclude<keyof typeof FIELDS, 'endedAt'>> & { endedAt?: Date };

/**
 * Ancestors, descendants and replays of a job. Those that were archived or deleted are missing; the tree then begins
 * at the oldest that is left. `root` is the first ancestor, which a follow-up's own `rootId` is not.
 */
export async function familyOf({ jobs }: Collections, job: JobRecord): Promise<FamilyTree> {
  const first = await climb(jobs, job);
  const family = new Map<string, Relative>([[first._id, first]]);
  let generation = [first._id];
  // Read with one more than may be shown, so that what is cut off is known.
  while (generation.length > 0 && family.size <= MAX_NODES) {
    const room = MAX_NODES + 1 - family.size;
    const children = (await childrenOf(jobs, generation, family.size + room)).filter(({ _id }) => !family.has(_id));
    for (const child of children.slice(0, room)) family.set(child._id, child);
    generation = children.map(({ _id }) => _id);
  }
  const nodes = [...family.values()]
    .toSorted((one, other) => one.createdAt.getTime() - other.createdAt.getTime() || (one._id < other._id ? -1 : 1))
    .slice(0, MAX_NODES);
  return { root: first._id, nodes: nodes.map(nodeOf), truncated: family.size > MAX_NODES };
}

async function climb(jobs: Collections['jobs'], job: Relative): Promise<Relative> {
  let top = job;
  for (let step = 0; step < MAX_CLIMB; step++) {
    const above = top.replayedFrom ?? top.parentId ?? (top.rootId === top._id ? undefined : top.rootId);
    const next = above && (await jobs.findOne({ _id: above }, { projection: FIELDS }));
    if (!next) return top;
    top = next as Relative;
  }
  return top;
}

/** Labels know who comes from whom; a record knows its own past only. */
function childrenOf(jobs: Collections['jobs'], ids: readonly string[], limit: number): Promise<Relative[]> {
  const labels = ids.flatMap((id) => [`parent:${id}`, `from:${id}`, `root:${id}`]);
  return jobs
    .find({ labels: { $in: labels } } as mongo.Filter<JobRecord>, { projection: FIELDS })
    .limit(limit)
    .toArray() as Promise<Relative[]>;
}

function nodeOf({
  _id,
  name,
  state,
  parentId,
  replayedFrom,
  batch,
  createdAt,
  endedAt,
  traceId,
}: Relative): FamilyNode {
  return {
    id: _id,
    name,
    state,
    parentId: parentId ?? null,
    replayedFrom: replayedFrom ?? null,
    ...(batch && { batchId: batch.id }),
    createdAt: createdAt.toISOString(),
    endedAt: endedAt?.toISOString() ?? null,
    traceId: traceId ?? null,
  };
}
